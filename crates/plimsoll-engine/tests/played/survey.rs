//! What a scan asks for, of engines that play a part on a unix socket: the answers come as they were sent, one that fails costs
//! itself alone.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::time::Duration;

use crate::stage::{self, Heard, Reply};
use plimsoll_engine::{Address, EngineError, Lookout, Part, Patience, Survey};

pub(crate) struct Engine {
    folder: PathBuf,
    heard: Heard,
}

impl Engine {
    pub(crate) fn new(name: &str, part: stage::Part) -> Self {
        let folder = std::env::temp_dir().join(format!("plimsoll-survey-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let listener = UnixListener::bind(folder.join("s")).unwrap();
        let heard = Heard::default();
        let written = heard.clone();
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { return };
                let (part, heard) = (part.clone(), written.clone());
                std::thread::spawn(move || part.play(number, &mut stream, &heard));
            }
        });
        Self { folder, heard }
    }

    pub(crate) fn open(&self) -> Result<Lookout, EngineError> {
        let short = Duration::from_millis(300);
        let patience = Patience { connect: short, quiet: short, call: short * 2, work: short * 2 };
        Lookout::patient(&Address::unix(self.folder.join("s")), patience, None)
    }

    pub(crate) fn lookout(&self) -> Lookout {
        self.open().unwrap()
    }

    pub(crate) fn survey(&self) -> Survey {
        self.lookout().survey(&Part::ALL)
    }

    /// Connection and path of every question.
    pub(crate) fn asked(&self) -> Vec<(usize, String)> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|(number, head)| (*number, head.split(' ').nth(1).unwrap().to_owned())).collect()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const LIST: &str = r#"[{"Id":"c1","ImageID":"sha256:i1","State":"running"},
    {"Id":"c2","ImageID":"sha256:i1","State":"exited"},{"Id":"c3","ImageID":"sha256:i2","State":"created"}]"#;
const ONE: &str = r#"{"Id":"c1", "HostConfig":{"CapDrop":null},"Unknown":1.0}"#;

/// An engine 20.10 with three containers of two images.
pub(crate) fn usual() -> stage::Part {
    stage::Part::new(&[
        ("/version", r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#),
        ("/info", r#"{"ID":"X","Swarm":{"LocalNodeState":"inactive","ControlAvailable":false}}"#),
        ("/containers/json", LIST),
        ("/containers/c1/json", ONE),
        ("/containers/c2/json", r#"{"Id":"c2"}"#),
        ("/containers/c3/json", "{\"Id\":\"c3\"}\n"),
        ("/images/json", r#"[{"Id":"sha256:i1"}]"#),
        ("/images/sha256:i1/json", r#"{"Id":"sha256:i1","RepoDigests":[]}"#),
        ("/images/sha256:i2/json", r#"{"Id":"sha256:i2"}"#),
        ("/networks", r#"[{"Name":"bridge"}]"#),
        ("/volumes", r#"{"Volumes":null,"Warnings":null}"#),
        ("/plugins", "[]"),
    ])
}

#[test]
fn everything_comes_as_it_was_sent_over_one_connection() {
    let engine = Engine::new("all", usual());
    let survey = engine.survey();
    assert!(survey.gaps.is_empty(), "{:?}", survey.gaps);
    let parts: Vec<(&str, &str)> =
        survey.documents.iter().map(|document| (document.part.name(), document.text.as_str())).collect();
    assert_eq!(
        parts,
        [
            ("engine/version", r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#),
            ("engine/info", r#"{"ID":"X","Swarm":{"LocalNodeState":"inactive","ControlAvailable":false}}"#),
            ("engine/containers", &format!(r#"[{ONE},{{"Id":"c2"}},{{"Id":"c3"}}]"#)),
            ("engine/images", r#"[{"Id":"sha256:i1"}]"#),
            ("engine/images-in-use", r#"[{"Id":"sha256:i1","RepoDigests":[]},{"Id":"sha256:i2"}]"#),
            ("engine/networks", r#"[{"Name":"bridge"}]"#),
            ("engine/volumes", r#"{"Volumes":null,"Warnings":null}"#),
            ("engine/plugins", "[]"),
        ]
    );
    let asked = engine.asked();
    assert_eq!(asked[0], (0, "/version".to_owned()), "who is there is asked first");
    assert!(asked[1..].iter().all(|(number, path)| *number == 1 && path.starts_with("/v1.41/")), "{asked:?}");
    assert!(!asked.iter().any(|(_, path)| path.contains("swarm")), "{asked:?}");
    assert!(engine.heard.lock().unwrap().iter().all(|(_, head)| head.starts_with("GET ")));
}

#[test]
fn an_engine_may_hang_up_between_answers_and_send_in_chunks() {
    let one = Reply::Chunked(ONE.to_owned(), 7);
    let engine = Engine::new("moody", usual().with("/containers/c1/json", one).moody(2));
    let survey = engine.survey();
    assert!(survey.gaps.is_empty(), "{:?}", survey.gaps);
    assert!(survey.text(Part::Containers).unwrap().starts_with(&format!("[{ONE},")));
    assert_eq!(survey.documents.len(), 8);
}

#[test]
fn what_fails_costs_itself_alone() {
    let no = |status| Reply::Plain(status, r#"{"message":"some words"}"#.to_owned());
    let part = usual()
        .with("/networks", no("500 Internal Server Error"))
        .with("/volumes", Reply::Plain("200 OK", "<html>".to_owned()))
        .with("/containers/c1/json", no("500 Internal Server Error"))
        .with("/containers/c2/json", no("404 Not Found"))
        .with("/info", Reply::Plain("200 OK", "\"\u{ff}".to_owned()))
        .with("/plugins", no("501 Not Implemented"))
        .with("/swarm", no("503 Service Unavailable"));
    let survey = Engine::new("faults", part).survey();
    // The one that is gone between list and question is none; an engine without plugins or swarm has none.
    assert_eq!(survey.text(Part::Containers), Some(r#"[{"Id":"c3"}]"#));
    let gaps: Vec<(Part, Option<&str>, String)> =
        survey.gaps.iter().map(|gap| (gap.part, gap.object.as_deref(), gap.why.to_string())).collect();
    let shape = "the engine's answer cannot be used: it is no JSON of the documented shape";
    assert_eq!(
        gaps,
        [
            (Part::Info, None, format!("GET /info: {shape}")),
            (
                Part::Containers,
                Some("c1"),
                "GET /containers/c1/json: the engine answers 500: some words".to_owned()
            ),
            (Part::Networks, None, "GET /networks: the engine answers 500: some words".to_owned()),
            (Part::Volumes, None, format!("GET /volumes: {shape}")),
        ]
    );
    assert!(survey.text(Part::Plugins).is_none() && survey.text(Part::Swarm).is_none());
}

#[test]
fn a_manager_is_asked_for_its_swarm() {
    let part = usual()
        .json("/info", r#"{"Swarm":{"LocalNodeState":"active","ControlAvailable":true}}"#)
        .json("/swarm", r#"{"ID":"s"}"#);
    assert_eq!(Engine::new("swarm", part).survey().text(Part::Swarm), Some(r#"{"ID":"s"}"#));
}

#[test]
fn one_container_that_hangs_is_left_and_a_silent_engine_is_not_asked_on() {
    let survey = Engine::new("wedged", usual().with("/containers/c2/json", Reply::Never)).survey();
    assert_eq!(survey.text(Part::Containers), Some(format!(r#"[{ONE},{{"Id":"c3"}}]"#).as_str()));
    assert!(
        matches!(&survey.gaps[..], [gap] if matches!(gap.why, EngineError::Slow { .. })),
        "{:?}",
        survey.gaps
    );
    assert!(survey.text(Part::Networks).is_some());

    let silent = ["c1", "c2", "c3"]
        .iter()
        .fold(usual(), |part, id| part.with(&format!("/containers/{id}/json"), Reply::Never));
    let survey = Engine::new("silent", silent).survey();
    let words: Vec<String> = survey.gaps.iter().map(|gap| format!("{}: {}", gap.part, gap.why)).collect();
    assert!(
        words.iter().any(|words| words.contains("networks") && words.contains("stopped answering")),
        "{words:?}"
    );
}

#[test]
fn a_connection_that_ends_and_one_that_speaks_another_language() {
    let part =
        usual().with("/networks", Reply::HangUp).with("/volumes", Reply::Raw(b"SSH-2.0-x\r\n".to_vec()));
    let survey = Engine::new("language", part).survey();
    let words: Vec<String> = survey.gaps.iter().map(|gap| format!("{}: {}", gap.part, gap.why)).collect();
    assert!(
        words[0].starts_with("engine/networks: GET /networks: the connection to the engine broke off"),
        "{words:?}"
    );
    assert!(words[1].starts_with("engine/volumes: what answers at unix://"), "{words:?}");
    assert!(words[2].starts_with("engine/plugins: GET /plugins: not asked"), "{words:?}");
    assert!(survey.text(Part::Containers).is_some());
}

#[test]
fn nothing_is_null_and_names_stay_names() {
    let survey = Engine::new("none", usual().json("/containers/json", "null")).survey();
    assert_eq!(survey.text(Part::Containers), Some("[]"));
    assert_eq!(survey.text(Part::ImagesInUse), Some("[]"));
    // An id with a way out of its place is not asked for.
    let engine = Engine::new("escape", usual().json("/containers/json", r#"[{"Id":"../info"},{"Id":""}]"#));
    let survey = engine.survey();
    assert_eq!(survey.text(Part::Containers), Some("[]"));
    assert!(survey.gaps.iter().all(|gap| matches!(gap.why, EngineError::Name(_))), "{:?}", survey.gaps);
    assert_eq!(survey.gaps.len(), 2);
}

#[test]
fn use_of_memory_and_processes_is_asked_for() {
    let part = usual()
        .json(
            "/containers/c1/stats",
            r#"{"memory_stats":{"usage":9,"max_usage":12},"pids_stats":{"current":3}}"#,
        )
        .json("/containers/c1/top", r#"{"Titles":["PID"],"Processes":[["1"]]}"#)
        .with(
            "/containers/c2/top",
            Reply::Plain("409 Conflict", r#"{"message":"Container c2 is not running"}"#.to_owned()),
        );
    let engine = Engine::new("use", part);
    let lookout = engine.lookout();
    let stats = lookout.stats("c1").unwrap().unwrap();
    assert_eq!((stats.memory(), stats.memory_peak(), stats.pids()), (Some(9), Some(12), Some(3)));
    assert!(
        engine.asked().contains(&(1, "/v1.41/containers/c1/stats?stream=false&one-shot=true".to_owned()))
    );
    assert!(lookout.stats("gone").unwrap().is_none());
    assert_eq!(lookout.top("c1").unwrap().unwrap()["Processes"][0][0], "1");
    assert!(lookout.top("c2").unwrap().is_none() && lookout.top("gone").unwrap().is_none());
}
