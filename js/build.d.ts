/** Whether the package is built with the OpenH264 module; the build says. */
declare const WITH_OPENH264: boolean;

/** Whether it is built with the AAC module; the build says. */
declare const WITH_AAC: boolean;

/** The worker's file beside this one; the build says. */
declare const WORKER_FILE: string;

/** What that worker is called in a browser's tools; the build says. */
declare const WORKER_NAME: string;
