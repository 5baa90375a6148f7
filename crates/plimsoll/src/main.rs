//! The program: hands the process's arguments and streams to the library.

use std::process::ExitCode;

use plimsoll::run::{Streams, Terminal, run};

fn main() -> ExitCode {
    let mut streams = Streams {
        // Not locked: a language server reads in a thread of its own, and the line of progress is drawn by another.
        stdin: &mut std::io::stdin(),
        stdout: &mut std::io::stdout(),
        stderr: &mut std::io::stderr(),
        terminal: Terminal::ask(),
    };
    ExitCode::from(run(std::env::args_os(), &mut streams))
}
