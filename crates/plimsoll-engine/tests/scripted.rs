//! The client against an engine that is a script on a unix socket: what it is sent is written down, what it answers is
//! given, byte for byte, also where no engine would answer so.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll_engine::{Address, BuildOrder, EngineError, Labels, Lookout, Patience, Workshop};

const VERSION: &str = r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux"}"#;

/// What is answered to one request: parts, each sent on its own, and what is done at the end.
#[derive(Clone)]
struct Answer {
    parts: Vec<Vec<u8>>,
    /// Whether the connection stays open and silent.
    hangs: bool,
    /// Whether the answer comes before the request's body is read.
    hasty: bool,
}

impl Answer {
    fn raw(text: impl Into<Vec<u8>>) -> Self {
        Self { parts: vec![text.into()], hangs: false, hasty: false }
    }

    fn json(status: &str, body: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }
}

/// A directory with a socket, and the thread that answers on it.
struct Engine {
    folder: PathBuf,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Engine {
    /// Answers the requests one after the other; the first is always that for the version.
    fn new(name: &str, answers: Vec<Answer>) -> Self {
        Self::bare(name, [vec![Answer::json("200 OK", VERSION)], answers].concat())
    }

    fn bare(name: &str, answers: Vec<Answer>) -> Self {
        let folder = std::env::temp_dir().join(format!("plimsoll-engine-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("s")).unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let written = heard.clone();
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let text = if answer.hasty { String::new() } else { request(&mut stream) };
                written.lock().unwrap().push(text);
                for part in &answer.parts {
                    if stream.write_all(part).and_then(|()| stream.flush()).is_err() {
                        break;
                    }
                    std::thread::yield_now();
                }
                if answer.hangs {
                    open.push(stream);
                }
            }
            // Whoever waits for a silent engine waits until the test has ended.
            while !open.is_empty() {
                std::thread::park();
            }
        });
        Self { folder, heard }
    }

    fn address(&self) -> Address {
        Address::unix(self.folder.join("s"))
    }

    fn lookout(&self) -> Lookout {
        Lookout::patient(&self.address(), brisk(), None).unwrap()
    }

    fn workshop(&self) -> Workshop {
        Workshop::open(&self.address(), brisk(), None).unwrap()
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn brisk() -> Patience {
    let short = Duration::from_millis(400);
    Patience { connect: short, quiet: short, call: short * 2, work: short * 2 }
}

/// The head and the body of a request, as sent.
fn request(stream: &mut UnixStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
            let whole = match length {
                Some(length) => body.len() >= length.parse().unwrap(),
                None if head.contains("Transfer-Encoding: chunked") => text.ends_with("\r\n0\r\n\r\n"),
                None => true,
            };
            if whole {
                return text;
            }
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return text,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

#[test]
fn who_answers_is_asked_once_and_spoken_to_in_its_version() {
    let images = r#"[{"Id":"sha256:1","RepoTags":["node:22"],"RepoDigests":["node@sha256:2"],"Size":5,"Labels":null}]"#;
    let engine = Engine::new("version", vec![Answer::json("200 OK", images)]);
    let lookout = engine.lookout();
    assert_eq!((lookout.about().version.as_str(), lookout.api().to_string().as_str()), ("20.10.24", "1.41"));
    let images = lookout.images(false).unwrap();
    assert_eq!(images[0].repo_digests, ["node@sha256:2"]);
    let heard = engine.heard();
    assert!(heard[0].starts_with("GET /version HTTP/1.1\r\nHost: docker\r\n"), "{heard:?}");
    assert!(heard[1].starts_with("GET /v1.41/images/json HTTP/1.1\r\n"), "{heard:?}");
}

#[test]
fn newer_and_older_engines() {
    let with = |newest: &str, oldest: &str| {
        let reply = format!(r#"{{"ApiVersion":"{newest}","MinAPIVersion":"{oldest}"}}"#);
        let engine = Engine::bare("range", vec![Answer::json("200 OK", &reply)]);
        Lookout::patient(&engine.address(), brisk(), None).map(|lookout| lookout.api().to_string())
    };
    assert_eq!(with("1.52", "1.44").unwrap(), "1.52");
    // One of the future that still speaks ours.
    assert_eq!(with("1.99", "1.44").unwrap(), "1.52");
    assert_eq!(with("1.40", "").unwrap(), "1.40");
    for (newest, oldest) in [("1.99", "1.60"), ("1.24", "1.12")] {
        let error = with(newest, oldest).unwrap_err();
        assert!(matches!(error, EngineError::Version { .. }), "{error}");
        assert!(error.to_string().contains(&format!("{oldest} to {newest}")), "{error}");
    }
}

#[test]
fn whose_fault_it_is_that_nobody_answers() {
    let nowhere = std::env::temp_dir().join(format!("plimsoll-engine-nowhere-{}", std::process::id()));
    let error = Lookout::open(&Address::unix(&nowhere)).unwrap_err();
    assert!(
        matches!(error, EngineError::NoEngine(_)) && error.to_string().contains("DOCKER_HOST"),
        "{error}"
    );
    // A socket that nobody listens on any more.
    drop(UnixListener::bind(&nowhere).unwrap());
    assert!(matches!(Lookout::open(&Address::unix(&nowhere)).unwrap_err(), EngineError::NoEngine(_)));
    std::fs::remove_file(&nowhere).unwrap();

    for (answer, words) in [
        (Answer::raw("SSH-2.0-OpenSSH_9.2\r\n"), "does not speak HTTP (SSH-2.0-OpenSSH_9.2)"),
        (Answer::raw(""), "unexpected end of file"),
        (Answer::json("404 Not Found", "no such page"), "404 no such page"),
        (Answer::json("200 OK", "<html>"), "not the JSON"),
        (Answer::json("200 OK", "{}"), "which API"),
        (Answer::raw(format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "a".repeat(70_000))), "longer than 64 KiB"),
    ] {
        let engine = Engine::bare("stranger", vec![answer]);
        let error = Lookout::patient(&engine.address(), brisk(), None).unwrap_err();
        assert!(matches!(error, EngineError::NotAnEngine { .. }), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_silent_engine_is_not_waited_for() {
    for parts in [vec![], vec![b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()]] {
        let engine = Engine::bare("silent", vec![Answer { parts, hangs: true, hasty: false }]);
        let error = Lookout::patient(&engine.address(), brisk(), None).unwrap_err();
        assert!(matches!(error, EngineError::Slow { .. }), "{error}");
    }
}

#[test]
fn a_call_can_be_stopped() {
    let hangs = Answer { parts: Vec::new(), hangs: true, hasty: false };
    let engine = Engine::new("stop", vec![hangs]);
    let stop = Arc::new(AtomicBool::new(false));
    let patience = Patience { work: Duration::from_secs(600), ..Patience::default() };
    let workshop = Workshop::open(&engine.address(), patience, Some(stop.clone())).unwrap();
    let waiting = std::thread::spawn(move || workshop.wait("abc"));
    while engine.heard().len() < 2 {
        std::thread::yield_now();
    }
    stop.store(true, Ordering::Relaxed);
    assert!(matches!(waiting.join().unwrap(), Err(EngineError::Stopped)));
}

#[test]
fn the_engine_says_no_in_its_own_words() {
    for (answer, words) in [
        (
            Answer::json("409 Conflict", r#"{"message":"is being used by container 1"}"#),
            "409: is being used by container 1",
        ),
        (Answer::json("500 Internal Server Error", "plain words"), "500: plain words"),
        (Answer::raw("HTTP/1.1 503 Unavailable\r\n\r\n"), "503: "),
    ] {
        let engine = Engine::new("no", vec![answer]);
        let error = engine.workshop().remove_image("node:22").unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(engine.heard()[1].starts_with("DELETE /v1.41/images/node:22?noprune=1 HTTP/1.1"));
    }
    let missing = Answer::json("404 Not Found", r#"{"message":"No such image: x"}"#);
    assert!(Engine::new("missing", vec![missing]).lookout().image("x").unwrap().is_none());
    let engine = Engine::new("name", Vec::new());
    assert!(matches!(engine.lookout().image("../containers/1"), Err(EngineError::Name(_))));
}

#[test]
fn chunks_may_be_split_anywhere() {
    let body = r#"[{"Path":"/b","Kind":1},{"Path":"/a","Kind":0}]"#;
    let text = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n",
        &body[..7],
        body.len() - 7,
        &body[7..]
    );
    for size in [1, 2, 3, 17] {
        let parts = text.as_bytes().chunks(size).map(<[u8]>::to_vec).collect();
        let engine = Engine::new("chunks", vec![Answer { parts, hangs: false, hasty: false }]);
        let changes = engine.lookout().changes("abc").unwrap();
        assert_eq!(changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
    }
    let engine = Engine::new("nothing", vec![Answer::json("200 OK", "null")]);
    assert!(engine.lookout().changes("abc").unwrap().is_empty());
    let cut = Answer::raw(&text.as_bytes()[..text.len() - 20]);
    let error = Engine::new("cut", vec![cut]).lookout().changes("abc").unwrap_err();
    assert!(matches!(error, EngineError::Broken { .. }), "{error}");
}

#[test]
fn a_context_goes_in_chunks_and_a_build_comes_as_lines() {
    let lines = "{\"stream\":\" ---\\u003e 0123456789ab\\n\"}\r\n{\"aux\":{\"ID\":\"sha256:5\"}}\r\n";
    let engine = Engine::new("build", vec![Answer::raw(format!("HTTP/1.1 200 OK\r\n\r\n{lines}"))]);
    let order = BuildOrder { dockerfile: "Dockerfile".to_owned(), ..BuildOrder::default() };
    let mut layers = Vec::new();
    let mut context = |out: &mut dyn Write| out.write_all(b"an archive");
    let image = engine.workshop().build(&order, &mut context, &mut layers).unwrap();
    assert_eq!((image.as_str(), layers.as_slice()), ("sha256:5", &["0123456789ab".to_owned()][..]));
    let heard = &engine.heard()[1];
    assert!(
        heard.starts_with("POST /v1.41/build?rm=1&forcerm=1&dockerfile=Dockerfile HTTP/1.1\r\n"),
        "{heard}"
    );
    assert!(heard.ends_with("\r\n\r\na\r\nan archive\r\n0\r\n\r\n"), "{heard:?}");
}

#[test]
fn a_build_that_fails_says_whose_fault_it_is() {
    let order = BuildOrder::default();
    let lines = "{\"stream\":\" ---\\u003e 0123456789ab\\n\"}{\"error\":\"COPY failed: no such file\"}";
    let engine = Engine::new("failed", vec![Answer::raw(format!("HTTP/1.1 200 OK\r\n\r\n{lines}"))]);
    let mut layers = Vec::new();
    let error = engine.workshop().build(&order, &mut |_| Ok(()), &mut layers).unwrap_err();
    assert_eq!(error.to_string(), "the image cannot be built: COPY failed: no such file");
    assert_eq!(layers.len(), 1);

    let engine = Engine::new("unread", vec![Answer::json("200 OK", "{}")]);
    let mut gone = |_: &mut dyn Write| Err(std::io::Error::other("app.js: permission denied"));
    let error = engine.workshop().build(&order, &mut gone, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, EngineError::Sending(_)), "{error}");

    // The engine answers and hangs up while it is still sent to: its words count.
    let no = Answer::json("400 Bad Request", r#"{"message":"dockerfile parse error"}"#);
    let engine = Engine::new("hasty", vec![Answer { hasty: true, ..no }]);
    let mut endless = |out: &mut dyn Write| (0..2000).try_for_each(|_| out.write_all(&[0; 4096]));
    let error = engine.workshop().build(&order, &mut endless, &mut Vec::new()).unwrap_err();
    let told = matches!(&error, EngineError::Refused { message, .. } if message == "dockerfile parse error");
    // A reset may overtake the words: then it is the connection that broke.
    assert!(told || matches!(error, EngineError::Broken { .. }), "{error:?}");
}

#[test]
fn a_command_is_run_and_its_end_is_asked_for() {
    let id = r#"{"Id":"e1"}"#;
    let frames = b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n\x01\0\0\0\0\0\0\x03ok\n\x02\0\0\0\0\0\0\x02!\n";
    let engine = Engine::new(
        "exec",
        vec![
            Answer::json("201 Created", id),
            Answer::raw(&frames[..]),
            Answer::json("200 OK", r#"{"ExitCode":3,"Running":false}"#),
        ],
    );
    let done = engine.workshop().execute("c1", &["node".to_owned(), "check.js".to_owned()]).unwrap();
    assert_eq!(
        (done.code, done.output.lines().collect::<Vec<_>>()),
        (3, vec!["!".to_owned(), "ok".to_owned()])
    );
    let heard = engine.heard();
    assert!(heard[1].contains(r#""Cmd":["node","check.js"]"#), "{heard:?}");
    assert!(heard[3].starts_with("GET /v1.41/exec/e1/json "), "{heard:?}");
}

#[test]
fn things_are_made_with_labels_and_found_by_them() {
    let engine = Engine::new(
        "labels",
        vec![
            Answer::json("201 Created", r#"{"Id":"n1","Warning":""}"#),
            Answer::json("200 OK", r#"{"Volumes":null,"Warnings":null}"#),
            Answer::raw("HTTP/1.1 304 Not Modified\r\n\r\n"),
            Answer::raw("HTTP/1.1 204 No Content\r\n\r\n"),
        ],
    );
    let workshop = engine.workshop();
    let labels = Labels::from([("dev.example.run".to_owned(), "1".to_owned())]);
    assert_eq!(workshop.create_network("net", true, &labels).unwrap(), "n1");
    assert!(workshop.lookout().volumes(&labels).unwrap().is_empty());
    // It does not run any more: that is what was asked for.
    workshop.stop("c1", 1).unwrap();
    workshop.remove_container("c1").unwrap();
    let heard = engine.heard();
    assert!(
        heard[1].contains(r#""Internal":true"#) && heard[1].contains(r#""dev.example.run":"1""#),
        "{heard:?}"
    );
    assert!(heard[2].contains("filters=%7B%22label%22%3A%5B%22dev.example.run%3D1%22%5D%7D"), "{heard:?}");
    assert!(heard[4].starts_with("DELETE /v1.41/containers/c1?force=1&v=1 "), "{heard:?}");
}

#[test]
fn a_build_that_is_stopped_still_names_what_it_made() {
    let line = "{\"stream\":\" ---\\u003e 0123456789ab\\n\"}";
    let folder = std::env::temp_dir().join(format!("plimsoll-engine-words-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let listener = UnixListener::bind(folder.join("s")).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let said = stop.clone();
    let engine = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        stream.write_all(&Answer::json("200 OK", VERSION).parts[0]).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        request(&mut stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        said.store(true, Ordering::Relaxed);
        // The client hangs up on its side only, and the builder's last words reach it.
        assert_eq!(stream.read(&mut [0; 16]).unwrap(), 0);
        stream.write_all(line.as_bytes()).unwrap();
    });
    let workshop = Workshop::open(&Address::unix(folder.join("s")), Patience::default(), Some(stop)).unwrap();
    let mut layers = Vec::new();
    let result = workshop.build(&BuildOrder::default(), &mut |_| Ok(()), &mut layers);
    assert!(matches!(result, Err(EngineError::Stopped)), "{result:?}");
    assert_eq!(layers, ["0123456789ab"]);
    engine.join().unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
}
