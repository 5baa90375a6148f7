//! The program: hands the process's arguments and streams to the library.

use std::process::ExitCode;

use plimsoll::run::{Streams, Terminal, run};

fn main() -> ExitCode {
    let mut streams = Streams {
        stdin: &mut std::io::stdin().lock(),
        stdout: &mut std::io::stdout().lock(),
        // Not locked: the line of progress is drawn by a thread of its own.
        stderr: &mut std::io::stderr(),
        terminal: Terminal::ask(),
    };
    ExitCode::from(run(std::env::args_os(), &mut streams))
}
