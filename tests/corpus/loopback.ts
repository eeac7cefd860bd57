export async function loopback(): Promise<void> {}
