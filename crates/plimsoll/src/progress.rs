//! One line on standard error while a scan takes long: overwritten as it goes on and erased at the end.
//!
//! The clock decides only when the line is drawn; nothing of it reaches a report. Deliberately absent: how much is left,
//! which nobody knows before every loose file was looked into.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

/// A scan that is faster than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a line stands before it is drawn anew.
const BEAT: Duration = Duration::from_millis(200);

/// To the first column, and away with what stands there.
const ERASE: &str = "\r\x1b[K";

/// Counts what is done; dropping it erases the line.
#[derive(Debug, Default)]
pub struct Progress {
    done: Arc<AtomicUsize>,
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to count, and to tell it on standard error when `shown`, which must be a terminal then.
    #[must_use]
    pub fn start(shown: bool) -> Self {
        let done: Arc<AtomicUsize> = Arc::default();
        let counted = Arc::clone(&done);
        let (stop, stopped) = mpsc::channel();
        let tell = move || tell(&stopped, &counted, &mut std::io::stderr(), PATIENCE, BEAT);
        // Where no thread can be had there is no line, and the scan goes on.
        let thread = shown.then(|| std::thread::Builder::new().spawn(tell).ok()).flatten();
        Self { done, running: thread.map(|thread| (stop, thread)) }
    }

    /// One more project is judged.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, thread)) = self.running.take() {
            drop(stop);
            let _ = thread.join();
        }
    }
}

/// Draws until the other end of `stopped` is gone. A terminal that takes nothing is no reason to stop.
fn tell(stopped: &Receiver<()>, done: &AtomicUsize, out: &mut dyn Write, patience: Duration, beat: Duration) {
    let mut wait = patience;
    let mut drawn = false;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
        let line = match done.load(Ordering::Relaxed) {
            0 => "reading …".to_owned(),
            1 => "1 project judged …".to_owned(),
            count => format!("{count} projects judged …"),
        };
        let _ = write!(out, "{ERASE}{line}").and_then(|()| out.flush());
        drawn = true;
        wait = beat;
    }
    if drawn {
        let _ = write!(out, "{ERASE}").and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ends the scan as soon as two lines were drawn.
    struct Screen<'a> {
        text: String,
        done: &'a AtomicUsize,
        scan: Option<Sender<()>>,
        flushed: usize,
    }

    impl Write for Screen<'_> {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.text.push_str(&String::from_utf8_lossy(bytes));
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            self.done.store(7, Ordering::Relaxed);
            self.flushed += 1;
            if self.flushed == 2 {
                self.scan = None;
            }
            Ok(())
        }
    }

    fn drawn(scan: Option<Sender<()>>, stopped: &Receiver<()>) -> String {
        let done = AtomicUsize::new(0);
        let mut screen = Screen { text: String::new(), done: &done, scan, flushed: 0 };
        tell(stopped, &done, &mut screen, Duration::ZERO, Duration::ZERO);
        screen.text
    }

    #[test]
    fn a_slow_scan_is_one_line_that_goes_away() {
        let (scan, stopped) = mpsc::channel();
        let text = drawn(Some(scan), &stopped);
        assert_eq!(text, "\r\x1b[Kreading …\r\x1b[K7 projects judged …\r\x1b[K");
    }

    #[test]
    fn a_scan_that_is_over_in_time_writes_nothing() {
        let (scan, stopped) = mpsc::channel();
        drop(scan);
        assert_eq!(drawn(None, &stopped), "");
    }
}
