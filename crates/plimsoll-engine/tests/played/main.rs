//! The client against engines that play a part (`stage`).

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod network;
mod shapes;
mod stage;
mod survey;
