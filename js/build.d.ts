/** Whether the package is built with the OpenH264 module. The build defines it. */
declare const WITH_OPENH264: boolean;

/** Whether it is built with the AAC module. The build defines it. */
declare const WITH_AAC: boolean;

/** The worker's file beside this one. The build defines it. */
declare const WORKER_FILE: string;

/** What that worker is called in a browser's tools. The build defines it. */
declare const WORKER_NAME: string;
