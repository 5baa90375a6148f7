"use strict";

const timer = setInterval(() => console.log("nothing to do"), 60_000);
process.on("SIGTERM", () => clearInterval(timer));
