//! `plimsoll lsp`: a language server on standard input and output.
//!
//! Three threads: one reads messages, one looks at projects, one (the caller's) keeps the state and writes. Nothing
//! waits for a clock: a change starts a look at once, a newer one stops the look that is under way, and what came in
//! meanwhile is taken together.
//!
//! A module and not a crate: it needs discovery, configuration and the scan, which belong to this crate, and no
//! dependency that others would have to be kept from. The protocol is spoken with what is there (JSON and threads of
//! std): of its hundreds of shapes a dozen are needed, and the server scaffold that was looked at ends at the first
//! message that is not JSON, reserves what a header asks for and logs the texts of documents.
//!
//! Deliberately absent: any work of its own on documents: what mends a finding is what `plimsoll fix` would do.

mod action;
mod address;
mod diagnostic;
mod frame;
mod home;
mod mend;
mod overlay;
mod page;
mod position;
mod server;
mod survey;

use std::io::{BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;

use frame::Incoming;
use server::Server;
use survey::{Job, Outcome};

/// Ended after `shutdown` and `exit`.
const ORDERLY: u8 = 0;
/// Ended otherwise, as the protocol wants it.
const ABRUPT: u8 = 1;

/// What the server's own thread waits for.
enum Event {
    Message(Incoming),
    Surveyed(Outcome),
    /// The client is gone.
    End,
}

/// Serves until the client says `exit` or is gone, and returns the exit code.
pub fn serve(input: &mut (dyn Read + Send), output: &mut (dyn Write + Send)) -> u8 {
    keep_texts_out_of_panics();
    let (events, inbox) = mpsc::channel::<Event>();
    let (jobs, queue) = mpsc::channel::<Job>();
    std::thread::scope(|scope| {
        let surveyed = events.clone();
        scope.spawn(move || {
            for job in queue {
                // A defect in one look must not end the editor's server.
                let outcome = catch_unwind(AssertUnwindSafe(|| survey::survey(&job)));
                let outcome = outcome.unwrap_or_else(|_| job.empty());
                if surveyed.send(Event::Surveyed(outcome)).is_err() {
                    break;
                }
            }
        });
        scope.spawn(move || {
            let mut input = BufReader::new(input);
            while let Some(message) = frame::read(&mut input) {
                let last = matches!(&message, Incoming::Notification { method, .. } if method == "exit");
                if events.send(Event::Message(message)).is_err() || last {
                    return;
                }
            }
            let _ = events.send(Event::End);
        });
        Server::new(output, jobs).run(&inbox)
    })
}

/// The message of a panic may quote the text that was being read; standard error is a log.
fn keep_texts_out_of_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(std::io::stderr(), "plimsoll lsp: internal error at {place}");
    }));
}
