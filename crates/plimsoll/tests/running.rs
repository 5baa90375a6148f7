//! How records of an engine are put together with the projects that their containers were made for, in memory.

use plimsoll::discover::Plan;
use plimsoll::scan::{Task, Wishes, assemble_all, scan};
use plimsoll::scenario::Assembled;
use plimsoll_lens::Memory;
use plimsoll_lens::compose::ProjectFiles;
use plimsoll_posture::{Layer, Plane};
use plimsoll_report::{ScenarioKind, Style};

/// `compose.yaml` of each directory is a project; every `.json` is a record.
fn plan(files: &[(&str, &str)]) -> Plan {
    let mut plan = Plan::default();
    for (path, _) in files {
        match path.rsplit_once('/').unwrap_or((".", path)) {
            (directory, "compose.yaml") => plan.projects.push(ProjectFiles {
                files: vec![(*path).to_owned()],
                directory: directory.to_owned(),
                ..ProjectFiles::default()
            }),
            _ => plan.recordings.push((*path).to_owned()),
        }
    }
    plan
}

fn assembled(files: &[(&str, &str)]) -> Vec<Assembled> {
    let world = Memory::of(files);
    let task = Task {
        world: &world,
        plan: plan(files),
        stdin: None,
        config: Default::default(),
        wishes: Wishes::default(),
    };
    assemble_all(&task, |assembled| assembled).0
}

const SHOP: &str = "name: shop\nservices:\n  api: {image: 'api:1.0', read_only: true}\n";

/// A container as `docker inspect` prints it, with what Compose writes on it.
fn container(name: &str, service: &str, origin: &str, read_only: bool) -> String {
    format!(
        r#"{{"Id":"{name}0123456789abcdef","Name":"/{name}","Created":"2026-02-03T04:05:06.7Z","State":{{"Status":"running"}},
 "Config":{{"Labels":{{"com.docker.compose.project":"shop","com.docker.compose.service":"{service}","com.docker.compose.container-number":"1"{origin}}}}},
 "HostConfig":{{"ReadonlyRootfs":{read_only}}},"Mounts":[]}}"#
    )
}

fn made_from(path: &str) -> String {
    format!(r#","com.docker.compose.project.config_files":"{path}""#)
}

fn list(containers: &[String]) -> String {
    format!("[{}]", containers.join(",\n"))
}

fn of_kind(all: &[Assembled], kind: ScenarioKind) -> Vec<&Assembled> {
    all.iter().filter(|assembled| assembled.kind == kind).collect()
}

#[test]
fn of_two_projects_of_one_name_the_path_decides() {
    let record = list(&[container("shop-api-1", "api", &made_from("/srv/b/compose.yaml"), false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("b/compose.yaml", SHOP), ("host/c.json", &record)]);
    let seen: Vec<(&str, usize)> =
        all.iter().map(|one| (one.name.as_str(), one.posture.services[0].seen.len())).collect();
    assert_eq!(seen, [("a/compose.yaml", 0), ("b/compose.yaml", 1)]);
    let fact = &all[1].posture.services[0].readonly_rootfs;
    let effective = fact.effective().unwrap();
    assert_eq!(
        (fact.value(), effective.layer, effective.plane),
        (Some(&false), Layer::Container, Plane::Running)
    );
    assert_eq!(all[1].sources.text(effective.at.span), "false");
}

#[test]
fn a_container_that_may_be_of_two_projects_is_given_to_neither() {
    let record = list(&[container("shop-api-1", "api", "", false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("b/compose.yaml", SHOP), ("host/c.json", &record)]);
    let engine = of_kind(&all, ScenarioKind::Engine);
    assert_eq!(engine.len(), 1);
    assert_eq!(
        engine[0].complaints.iter().map(|told| told.code).collect::<Vec<_>>(),
        ["ambiguous-container"]
    );
    assert!(engine[0].complaints[0].message.contains("a/compose.yaml or of b/compose.yaml"));
    let joined = of_kind(&all, ScenarioKind::Compose)
        .iter()
        .map(|one| one.posture.services[0].seen.len())
        .sum::<usize>();
    assert_eq!(joined, 0);
}

#[test]
fn a_name_alone_proves_nothing() {
    let record = list(&[container("shop-api-1", "api", &made_from("/home/eve/other/prod.yaml"), false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    let engine = of_kind(&all, ScenarioKind::Engine);
    assert_eq!(engine[0].complaints[0].code, "ambiguous-container");
    assert!(of_kind(&all, ScenarioKind::Compose)[0].posture.services[0].seen.is_empty());
}

#[test]
fn what_compose_ran_once_is_no_container_of_the_service() {
    let once = r#","com.docker.compose.oneoff":"True""#;
    let record = list(&[container("shop-api-run-1", "api", once, false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    assert!(of_kind(&all, ScenarioKind::Compose)[0].posture.services[0].seen.is_empty());
    assert_eq!(of_kind(&all, ScenarioKind::Engine)[0].posture.services[0].name(), "shop-api-run-1");
}

#[test]
fn each_container_of_a_service_is_compared_by_itself() {
    let from = made_from("/srv/a/compose.yaml");
    let record =
        list(&[container("shop-api-1", "api", &from, true), container("shop-api-2", "api", &from, false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    assert_eq!(all.len(), 1, "both are the project's, and there is nothing else on the host");
    let seen = &all[0].posture.services[0].seen;
    let told: Vec<(&str, Vec<&str>)> = seen
        .iter()
        .map(|seen| (&*seen.name, seen.deviations.iter().map(|one| one.setting.as_str()).collect()))
        .collect();
    assert_eq!(told, [("shop-api-1", vec![]), ("shop-api-2", vec!["read_only"])]);
    assert_eq!(
        all[0].posture.services[0].readonly_rootfs.value(),
        Some(&false),
        "the worse of the two is judged"
    );
}

#[test]
fn the_worse_of_two_containers_is_judged_whichever_is_told_first() {
    let from = made_from("/srv/a/compose.yaml");
    let record =
        list(&[container("shop-api-1", "api", &from, false), container("shop-api-2", "api", &from, true)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    assert_eq!(all[0].posture.services[0].readonly_rootfs.value(), Some(&false));
}

#[test]
fn an_orphan_is_judged_with_the_project_it_was_made_for() {
    let record = list(&[container("shop-old-1", "old", &made_from("/srv/a/compose.yaml"), false)]);
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    assert_eq!(all.len(), 1);
    let orphan = all[0].posture.services.iter().find(|service| service.name() == "shop-old-1").unwrap();
    assert_eq!(orphan.seen[0].orphan.as_deref(), Some("old"));
}

/// moby writes `label=disable` on a container that shares the host's processes, whoever made it.
#[test]
fn what_the_engine_adds_itself_is_no_drift() {
    let compose = "name: shop\nservices:\n  api: {image: 'api:1.0', pid: host}\n";
    let record = list(&[container("shop-api-1", "api", &made_from("/srv/a/compose.yaml"), false)
        .replace(r#""ReadonlyRootfs":false"#, r#""PidMode":"host","SecurityOpt":["label=disable"]"#)]);
    let all = assembled(&[("a/compose.yaml", compose), ("host/c.json", &record)]);
    assert_eq!(all[0].posture.services[0].seen[0].deviations, []);
}

#[test]
fn values_of_containers_are_in_no_report() {
    let canaries = ["hunter2canaryENV", "ghp_canaryLABEL0123456789abcdefghijklmnop", "canaryCMD0pw9x"];
    let record = format!(
        r#"[{{"Id":"a","Name":"/db","State":{{"Status":"running"}},"Config":{{"User":"0","Env":["DB_PASSWORD={}"],
 "Labels":{{"token":"{}"}},"Cmd":["app","--password={}"]}},"HostConfig":{{"Privileged":true}},"Mounts":[]}}]"#,
        canaries[0], canaries[1], canaries[2]
    );
    let files = [("host/c.json", record.as_str())];
    let world = Memory::of(&files);
    let task = Task {
        world: &world,
        plan: plan(&files),
        stdin: None,
        config: Default::default(),
        wishes: Wishes::default(),
    };
    let report = scan(task).report;
    let style = Style { colour: false, width: 200, detail: plimsoll_report::Detail::Verbose };
    let texts = [
        plimsoll_report::human(&report, &style),
        plimsoll_report::json(&report),
        plimsoll_report::sarif(&report),
        plimsoll_report::markdown(&report),
    ];
    for text in &texts {
        assert!(text.contains("privileged-container"), "the report tells of the container");
        for canary in canaries {
            assert!(!text.contains(canary), "{canary}");
        }
    }
    for control in ["secret-in-environment", "secret-in-command", "secret-in-label"] {
        assert!(texts[1].contains(control), "{control}");
    }
}

/// What Compose builds bears its labels, and so does every container of it.
#[test]
fn a_container_made_by_hand_of_a_projects_image_is_none_of_the_service() {
    let record = list(&[container("try", "api", "", false)])
        .replace(r#","com.docker.compose.container-number":"1""#, "");
    let all = assembled(&[("a/compose.yaml", SHOP), ("host/c.json", &record)]);
    assert!(of_kind(&all, ScenarioKind::Compose)[0].posture.services[0].seen.is_empty());
    let engine = of_kind(&all, ScenarioKind::Engine);
    assert_eq!((engine[0].posture.services[0].name(), engine[0].complaints.len()), ("try", 0));
}
