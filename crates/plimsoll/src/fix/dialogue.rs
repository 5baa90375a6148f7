//! `--interactive`: a remedy at a time, as `git add -p` asks for hunks.
//!
//! Deliberately absent: where lines come from.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};

use super::{Answer, Made, one};

const QUESTION: &str = "Make this change [y,n,a,d,q,?]? ";
const HELP: &str = "y - make this change
n - do not make it
a - make it, and all later ones in the same files
d - make neither it nor later ones in the same files
q - make no more; what was said yes to is written
? - this help
";

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1024;

/// Asks about each remedy.
pub(super) struct Dialogue<'s> {
    input: &'s mut (dyn Read + Send),
    output: &'s mut (dyn Write + Send),
    colour: bool,
    /// Files of which everything is made, and of which nothing is.
    yes: BTreeSet<String>,
    no: BTreeSet<String>,
    answered: bool,
    /// Whether the input ended before the first answer, and what went wrong with input or output.
    pub(super) silent: bool,
    pub(super) failure: Option<io::Error>,
}

impl<'s> Dialogue<'s> {
    pub(super) fn new(
        input: &'s mut (dyn Read + Send),
        output: &'s mut (dyn Write + Send),
        colour: bool,
    ) -> Self {
        let (yes, no) = (BTreeSet::new(), BTreeSet::new());
        Self { input, output, colour, yes, no, answered: false, silent: false, failure: None }
    }

    pub(super) fn ask(&mut self, made: &Made) -> Answer {
        if made.files.keys().any(|file| self.no.contains(file)) {
            return Answer::No;
        }
        if made.files.keys().all(|file| self.yes.contains(file)) {
            return Answer::Yes;
        }
        match self.exchange(made) {
            Ok(answer) => answer,
            Err(error) => {
                self.failure = Some(error);
                Answer::Stop
            }
        }
    }

    fn exchange(&mut self, made: &Made) -> io::Result<Answer> {
        self.output.write_all(one(made, self.colour).as_bytes())?;
        loop {
            self.output.write_all(QUESTION.as_bytes())?;
            self.output.flush()?;
            let Some(line) = self.line()? else {
                self.silent = !self.answered;
                self.output.write_all(b"\n")?;
                return Ok(Answer::Stop);
            };
            self.answered = true;
            let files = || made.files.keys().cloned();
            return Ok(match line.trim() {
                "y" | "Y" => Answer::Yes,
                "n" | "N" => Answer::No,
                "a" => {
                    self.yes.extend(files());
                    Answer::Yes
                }
                "d" => {
                    self.no.extend(files());
                    Answer::No
                }
                "q" => Answer::Stop,
                _ => {
                    self.output.write_all(HELP.as_bytes())?;
                    continue;
                }
            });
        }
    }

    /// A line; nothing at the end. Byte by byte: what is behind it is not ours.
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.input.read(&mut byte) {
                Ok(0) if line.is_empty() => return Ok(None),
                Ok(0) => break,
                Ok(_) if byte == *b"\n" => break,
                Ok(_) if line.len() < LONGEST => line.extend(byte),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(String::from_utf8_lossy(&line).into_owned()))
    }
}
