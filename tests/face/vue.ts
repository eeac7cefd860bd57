import { Recorder, reels, type Reel } from 'trackreel';
import { isReactive, reactive, ref } from 'vue';
import { connect } from './connection.js';

/** What a test finds in the page. */
export interface VueStage {
  /** Uses a recorder, its reel, and those on disk from within Vue's state, which is made of proxies. */
  use(): Promise<VueResults>;
}

/** The outcome. */
export interface VueResults {
  /** Whether Vue had made a proxy of each reel. */
  wereProxies: boolean[];
  /** The sizes of the files, in bytes: of the live reel, of a stream, and of the reel on disk. */
  sizes: number[];
  /** The state of the recorder that resumed a reel. */
  resumed: string;
  /** How many reels there are at the end. */
  left: number;
}

declare global {
  var vueStage: VueStage;
}

globalThis.vueStage = {
  async use() {
    const { stream } = await connect();
    const state = reactive({ recorder: new Recorder(stream), options: { maxFps: 30 } });
    const grows = (recorder: Recorder) =>
      new Promise<void>((resolve) =>
        recorder.addEventListener('progress', ({ detail }) => detail.frames > 5 && resolve()),
      );
    // Vue's type of it lacks the private names.
    await Promise.all([state.recorder.start(), grows(state.recorder as Recorder)]);
    const live = ref<Reel>(state.recorder.reel!);
    const sizes = [(await live.value.export()).size];
    await state.recorder.stop();

    const list = ref<Reel[]>(await reels.list());
    const stored = list.value[0]!;
    sizes.push((await new Response(await stored.stream()).arrayBuffer()).byteLength);
    const second = new Recorder(stream, state.options);
    await Promise.all([second.start(stored), grows(second)]);
    const resumed = second.state;
    await second.stop();
    const movie = ref(await stored.export({ last: 1 }));
    sizes.push(movie.value.size);
    await stored.delete();
    const wereProxies = [isReactive(live.value), isReactive(stored)];
    return { wereProxies, sizes, resumed, left: (await reels.list()).length };
  },
};
