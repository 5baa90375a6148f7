//! What Dockerfiles mean. Expected values follow from Docker's Dockerfile reference and BuildKit's frontend.

use std::collections::BTreeMap;

use plimsoll_lens::dockerfile::{Options, Reading, read};
use plimsoll_posture::{
    CommandForm, CopyFrom, CopySourceKind, Healthcheck, Known, Layer, LetterCase, Plane, Reason, Stage,
    StageBase, StepKind,
};
use plimsoll_text::{SourceKind, Sources};

fn reading(text: &str) -> Reading {
    with_args(text, &[])
}

fn with_args(text: &str, args: &[(&str, &str)]) -> Reading {
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
    let args: BTreeMap<String, String> =
        args.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read(&sources, id, &Options { args, ..Options::default() })
}

fn env(stage: &Stage, name: &str) -> Option<String> {
    stage.image.config.env.get(name)?.value().map(|value| value.expose().to_owned())
}

fn codes(reading: &Reading) -> Vec<&'static str> {
    reading.complaints.iter().map(|complaint| complaint.code).collect()
}

fn user(stage: &Stage) -> String {
    stage.image.config.user.value().map_or_else(|| "?".to_owned(), ToString::to_string)
}

#[test]
fn the_environment_example_of_the_reference() {
    // "def will have a value of hello, not bye. ghi will have a value of bye."
    let reading = reading("FROM scratch\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc\n");
    let stage = reading.recipe.last().unwrap();
    assert_eq!(env(stage, "abc").as_deref(), Some("bye"));
    assert_eq!(env(stage, "def").as_deref(), Some("hello"));
    assert_eq!(env(stage, "ghi").as_deref(), Some("bye"));
}

#[test]
fn modifiers_of_variables() {
    let text = "FROM scratch\nENV v=foobarbaz e=\n\
        ENV a=${u:-d} b=${v:-d} c=${v:+r} d=${u:+r} f=${v#f*b} g=${v##f*b} h=${v%b*} i=${v%%b*} \
        j=${v/ba/fo} k=${v//ba/fo} l=${e:-x} m=${e-x} n=\\$v o='$v' p=\"$v\" q=${u:-${v}}\n";
    let reading = reading(text);
    let stage = reading.recipe.last().unwrap();
    let expected = [
        ("a", "d"),
        ("b", "foobarbaz"),
        ("c", "r"),
        ("d", ""),
        ("f", "arbaz"),
        ("g", "az"),
        ("h", "foobar"),
        ("i", "foo"),
        ("j", "fooforbaz"),
        ("k", "fooforfoz"),
        ("l", "x"),
        ("m", ""),
        ("n", "$v"),
        ("o", "$v"),
        ("p", "foobarbaz"),
        ("q", "foobarbaz"),
    ];
    for (name, value) in expected {
        assert_eq!(env(stage, name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(codes(&reading), [""; 0]);
}

#[test]
fn quoting_of_values() {
    let text = "FROM scratch\nENV A=\"John Doe\" B=Rex\\ The\\ Dog \\\n    C=fluffy\nENV D it is  'one value' \nLABEL x=\"a\\\n b\" \"y z\"=1\n";
    let reading = reading(text);
    let stage = reading.recipe.last().unwrap();
    assert_eq!(env(stage, "A").as_deref(), Some("John Doe"));
    assert_eq!(env(stage, "B").as_deref(), Some("Rex The Dog"));
    assert_eq!(env(stage, "C").as_deref(), Some("fluffy"));
    assert_eq!(env(stage, "D").as_deref(), Some("it is  one value"));
    let label =
        |name: &str| stage.image.config.labels.get(name).unwrap().value().unwrap().expose().to_owned();
    assert_eq!(label("x"), "a b");
    assert_eq!(label("y z"), "1");
}

#[test]
fn arguments_before_from_reach_a_stage_only_when_declared_there() {
    let text = "ARG VERSION=22\nARG FLAVOUR\nFROM node:${VERSION}-slim AS a\nENV V=x$VERSION\nARG VERSION\nENV W=$VERSION\n\
                FROM scratch\nENV X=[$VERSION]\n";
    let reading = reading(text);
    let [a, b] = reading.recipe.stages.as_slice() else { panic!("two stages") };
    let StageBase::Image(Known::Value(image)) = &a.base else { panic!("an image") };
    assert_eq!(&*image.text, "node:22-slim");
    // Not declared before: only the base image could have set it.
    let claim = a.image.config.env.get("V").unwrap().effective().unwrap();
    assert!(matches!(&claim.value, Known::Unknown(Reason::ImageNotInspected(_))), "{claim:?}");
    assert_eq!(env(a, "W").as_deref(), Some("22"));
    assert_eq!(env(b, "X").as_deref(), Some("[]"));
    assert_eq!(reading.recipe.global_args.len(), 2);
    assert_eq!(&text[reading.recipe.global_args[0].at.range()], "VERSION=22");
}

#[test]
fn an_argument_without_a_value_is_unknown_and_one_from_outside_is_not() {
    let text = "ARG TAG\nFROM node:$TAG\nARG APP_USER\nUSER $APP_USER\n";
    let nothing = reading(text);
    let stage = nothing.recipe.last().unwrap();
    assert_eq!(stage.base, StageBase::Image(Known::Unknown(Reason::UnsetBuildArg("TAG".into()))));
    let claim = stage.image.config.user.effective().unwrap();
    assert_eq!(claim.value, Known::Unknown(Reason::UnsetBuildArg("APP_USER".into())));
    assert_eq!((claim.layer, claim.plane), (Layer::Image, Plane::Declared));

    let given = with_args(text, &[("TAG", "20"), ("APP_USER", "1000:1000")]);
    let stage = given.recipe.last().unwrap();
    let StageBase::Image(Known::Value(image)) = &stage.base else { panic!("an image") };
    assert_eq!(&*image.text, "node:20");
    assert_eq!(user(stage), "1000:1000");
}

#[test]
fn platform_arguments_are_predefined() {
    let text = "FROM --platform=$BUILDPLATFORM golang:1.24 AS build\nARG TARGETARCH\nENV A=$TARGETARCH\nFROM base-${TARGETARCH}\n";
    let reading = reading(text);
    let [build, last] = reading.recipe.stages.as_slice() else { panic!("two stages") };
    assert_eq!(&*build.platform.as_ref().unwrap().value, "$BUILDPLATFORM");
    assert_eq!(env(build, "A").as_deref(), Some("amd64"));
    let StageBase::Image(Known::Value(image)) = &last.base else { panic!("an image") };
    assert_eq!(&*image.text, "base-amd64");
}

#[test]
fn a_missing_user_is_root_assumed_at_the_from() {
    let text = "FROM scratch\nCMD [\"/a\"]\n";
    let reading = reading(text);
    let claim = reading.recipe.last().unwrap().image.config.user.effective().unwrap();
    assert_eq!(claim.value.value().unwrap().is_root(), Some(true));
    assert_eq!(claim.plane, Plane::Assumed);
    assert_eq!(&text[claim.at.span.range()], "FROM scratch");
}

#[test]
fn stages_inherit_and_override() {
    let text = "FROM scratch AS Base\nARG SECRET=1\nENV A=1\nUSER app\nWORKDIR /srv\nEXPOSE 80\nENTRYPOINT [\"/run\"]\nCMD [\"x\"]\n\
                FROM base AS other\nENV B=$A$SECRET\nWORKDIR sub/../deep\nUSER 0\n\
                FROM scratch AS unused\nFROM other\nENTRYPOINT [\"/new\"]\n";
    let reading = reading(text);
    let [base, other, unused, last] = reading.recipe.stages.as_slice() else { panic!("four stages") };
    assert_eq!(other.base, StageBase::Stage(0));
    assert_eq!(last.base, StageBase::Stage(1));
    assert_eq!(user(base), "app");
    assert_eq!(user(last), "0");
    let user_fact = &last.image.config.user;
    assert_eq!(&text[user_fact.effective().unwrap().at.span.range()], "0");
    assert_eq!(user_fact.overridden()[0].value.value().unwrap().to_string(), "app");
    // A stage that starts from another inherits its ARGs (docs.docker.com, "Build variables", scoping).
    assert_eq!(env(last, "B").as_deref(), Some("11"));
    assert_eq!(last.image.config.workdir.value().map(|path| &**path), Some("/srv/deep"));
    assert_eq!(last.image.config.exposed.values().count(), 1);
    // ENTRYPOINT drops a CMD of a lower stage, and only that.
    assert_eq!(last.image.config.command.value().unwrap().words.len(), 0);
    assert_eq!(base.image.config.command.value().unwrap().words.len(), 1);
    assert!(base.ships && other.ships && last.ships && !unused.ships);
    assert!(!unused.reached);
}

#[test]
fn cmd_before_entrypoint_in_one_stage_stays() {
    let reading = reading("FROM scratch\nCMD [\"x\"]\nENTRYPOINT exec /run $A\n");
    let config = &reading.recipe.last().unwrap().image.config;
    assert_eq!(config.command.value().unwrap().words.len(), 1);
    let entrypoint = config.entrypoint.value().unwrap();
    assert_eq!(entrypoint.form, CommandForm::Shell);
    // The shell expands it, not the builder.
    assert_eq!(entrypoint.words[0].expose(), "exec /run $A");
}

#[test]
fn copies_know_where_they_take_from() {
    let text = "FROM scratch AS one\nFROM scratch\nCOPY --from=ONE --chown=app:app --chmod=0755 --link a \"b c\" /x/\n\
                COPY --from=0 a /y\nCOPY --from=nginx:1.27 /etc/nginx /z\nCOPY --from=$S a /q\n\
                ADD https://h/a.tgz git@github.com:a/b.git https://h/r.git#main local /w/\n\
                COPY <<EOF <<-\"B\" /v/\nbody\nEOF\n\tb\n\tB\nCOPY [\"a b\", \"/c d\"]\n";
    let reading = reading(text);
    let stage = reading.recipe.last().unwrap();
    let copies: Vec<_> = stage.copies().map(|(_, copy)| copy).collect();
    assert_eq!(copies[0].from, CopyFrom::Stage(0));
    assert_eq!(&text[copies[0].from_at.unwrap().range()], "ONE");
    assert_eq!(&*copies[0].chown.as_ref().unwrap().value, "app:app");
    assert_eq!(&text[copies[0].chmod.as_ref().unwrap().at.range()], "0755");
    assert!(copies[0].link);
    // Shell form knows no quotes: BuildKit parts at blanks.
    assert_eq!(copies[0].sources.len(), 3);
    assert_eq!(copies[1].from, CopyFrom::Stage(0));
    assert!(matches!(&copies[2].from, CopyFrom::Image(image) if &*image.repository == "nginx"));
    assert_eq!(copies[3].from, CopyFrom::Other("$S".into()));
    let kinds: Vec<CopySourceKind> = copies[4].sources.iter().map(|source| source.kind).collect();
    assert_eq!(kinds, [CopySourceKind::Url, CopySourceKind::Git, CopySourceKind::Git, CopySourceKind::Path]);
    assert!(copies[5].sources.iter().all(|source| source.kind == CopySourceKind::Heredoc));
    assert_eq!(&*copies[5].destination.value, "/v/");
    assert_eq!(&*copies[6].destination.value, "/c d");
    assert!(reading.recipe.stages[0].reached);
}

#[test]
fn run_commands_have_places_across_continuations() {
    let text = "FROM debian\r\nRUN apt-get update \\\r\n  # a comment\r\n\r\n  && apt-get install -y \\\r\n  curl\r\n";
    let reading = reading(text);
    let (_, run) = reading.recipe.last().unwrap().runs().next().unwrap();
    assert!(run.understood);
    let [update, install] = run.commands.as_slice() else { panic!("two commands: {:?}", run.commands) };
    assert_eq!(&text[update.at.range()], "apt-get update");
    let curl = install.words.last().unwrap();
    assert_eq!((&*curl.text, &text[curl.at.range()]), ("curl", "curl"));
    assert_eq!(codes(&reading), ["empty-continuation"]);
    assert_eq!(reading.comments.len(), 1);
    assert_eq!(&text[reading.comments[0].at.range()], "# a comment");
}

#[test]
fn heredocs_are_scripts_or_go_to_the_shell() {
    let text = "FROM debian\nRUN <<EOF\napt-get update\napt-get install -y curl\nEOF\n\
                RUN <<-'E F' bash -s\n\techo $x\n\tE F\n\
                RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF\nRUN cat <<A > /a && cat <<B\n1\nA\n2\nB\nUSER app\n";
    let reading = reading(text);
    let stage = reading.recipe.last().unwrap();
    let runs: Vec<_> = stage.runs().map(|(_, run)| run).collect();
    let programs = |index: usize| -> Vec<&str> {
        runs[index].commands.iter().filter_map(|command| command.program()).collect()
    };
    assert_eq!(programs(0), ["apt-get", "apt-get"]);
    assert_eq!(&text[runs[0].commands[1].at.range()], "apt-get install -y curl");
    assert_eq!(programs(1), ["bash"]);
    assert!(!runs[2].understood);
    assert_eq!(programs(3), ["cat", "cat"]);
    assert_eq!(user(stage), "app");
    assert_eq!(codes(&reading), [""; 0]);
}

#[test]
fn forms_and_options_of_run() {
    let text = "FROM debian\nARG ID=npm\nSHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]\n\
                RUN --mount=type=secret,id=$ID,env=TOKEN --mount=type=bind,from=x,src=a,dst=/b --network=none --security=insecure ls\n\
                RUN [\"rm\", \"-rf\", \"/x\"]\nSHELL [\"powershell\", \"-command\"]\nRUN Get-Item x | Remove-Item\n";
    let reading = reading(text);
    let runs: Vec<_> = reading.recipe.last().unwrap().runs().map(|(_, run)| run).collect();
    assert_eq!(runs[0].shell.len(), 4);
    let [secret, bind] = runs[0].mounts.as_slice() else { panic!("two mounts") };
    assert_eq!(
        (&*secret.kind, secret.id.as_deref(), secret.env.as_deref()),
        ("secret", Some("npm"), Some("TOKEN"))
    );
    assert_eq!(
        (bind.from.as_deref(), bind.source.as_deref(), bind.target.as_deref()),
        (Some("x"), Some("a"), Some("/b"))
    );
    assert_eq!(&*runs[0].network.as_ref().unwrap().value, "none");
    assert_eq!(&*runs[0].security.as_ref().unwrap().value, "insecure");
    assert!(runs[1].exec_form && runs[1].commands.len() == 1);
    assert_eq!(runs[1].commands[0].words.len(), 3);
    assert!(!runs[2].understood && runs[2].commands.is_empty());
}

#[test]
fn ports_volumes_health_and_signals() {
    let text = "FROM scratch\nARG P\nEXPOSE 80 8000-8010/udp 6006:6006 ${P:-1027}\nVOLUME [\"/a\", \"/b\"]\nVOLUME /c /d\n\
                HEALTHCHECK --interval=5m --timeout=3s CMD curl -f http://localhost/ || exit 1\nSTOPSIGNAL SIGQUIT\n";
    let reading = reading(text);
    let config = &reading.recipe.last().unwrap().image.config;
    let ports: Vec<String> =
        config.exposed.values().map(|(port, _)| format!("{}/{}", port.ports, port.protocol.name())).collect();
    assert_eq!(ports, ["80/tcp", "8000-8010/udp", "6006/tcp", "1027/tcp"]);
    let volumes: Vec<&str> = config.volumes.values().map(|(path, _)| &**path).collect();
    assert_eq!(volumes, ["/a", "/b", "/c", "/d"]);
    assert!(
        matches!(config.healthcheck.value(), Some(Healthcheck::Test(test)) if test.form == CommandForm::Shell)
    );
    assert_eq!(config.stop_signal.value().map(|signal| &**signal), Some("SIGQUIT"));
    assert_eq!(codes(&reading), ["expose-host-part"]);
    let none = self::reading("FROM scratch\nHEALTHCHECK NONE\n");
    assert_eq!(none.recipe.last().unwrap().image.config.healthcheck.value(), Some(&Healthcheck::Disabled));
}

#[test]
fn windows_paths_with_another_escape_character() {
    let text = "# escape=`\nFROM mcr.microsoft.com/windows/nanoserver:ltsc2022\nCOPY testfile.txt c:\\\nRUN dir c:\\ `\n && echo x\nWORKDIR C:\\app\n";
    let reading = reading(text);
    let stage = reading.recipe.last().unwrap();
    assert_eq!(stage.steps.len(), 3);
    let (_, copy) = stage.copies().next().unwrap();
    assert_eq!(&*copy.destination.value, "c:\\");
    let (_, run) = stage.runs().next().unwrap();
    assert!(!run.understood, "cmd is not read");
    assert_eq!(run.script.expose(), "dir c:\\  && echo x");
    assert_eq!(stage.image.config.workdir.value().map(|path| &**path), Some("C:\\app"));
}

#[test]
fn accounts_that_a_build_creates() {
    let text = "FROM debian\nARG UID=1001\nRUN groupadd -g 1002 staff2 && useradd -r -u $UID -g staff2 app\n\
                RUN addgroup -S web && adduser -S -D -H -u 101 -G web -s /sbin/nologin web\n\
                RUN adduser --system --uid=5000 --disabled-password --gecos '' svc; adduser -D plain\n\
                RUN useradd --create-home -ms /bin/bash late && adduser app sudo && usermod -aG sudo app\n";
    let reading = reading(text);
    let created: Vec<(String, Option<u32>, Option<u32>)> = reading
        .recipe
        .last()
        .unwrap()
        .image
        .created
        .iter()
        .map(|claim| claim.value.value().unwrap())
        .map(|account| (account.name.to_string(), account.uid, account.gid))
        .collect();
    let expected = [
        ("app", Some(1001), Some(1002)),
        // `addgroup -S` picks the number itself.
        ("web", Some(101), None),
        ("svc", Some(5000), Some(5000)),
        ("plain", None, None),
        ("late", None, None),
    ];
    let expected: Vec<(String, Option<u32>, Option<u32>)> =
        expected.iter().map(|(name, uid, gid)| ((*name).to_owned(), *uid, *gid)).collect();
    assert_eq!(created, expected);
}

#[test]
fn a_trigger_changes_nothing_here() {
    let reading = reading("FROM scratch\nONBUILD USER app\nONBUILD RUN useradd x\nONBUILD COPY . /app\n");
    let stage = reading.recipe.last().unwrap();
    assert!(stage.steps.iter().all(|step| step.on_build));
    let claim = stage.image.config.user.effective().unwrap();
    assert_eq!((claim.plane, claim.value.value().unwrap().is_root()), (Plane::Assumed, Some(true)));
    assert!(stage.image.created.is_empty());
    assert!(matches!(stage.steps[0].kind, StepKind::User(Known::Value(_))));
}

#[test]
fn steps_know_who_runs_them_and_where() {
    let text = "FROM debian\nRUN a\nUSER app\nWORKDIR /srv\nRUN b\n";
    let reading = reading(text);
    let runs: Vec<_> = reading.recipe.last().unwrap().runs().map(|(step, _)| step).collect();
    assert_eq!(runs[0].user, None);
    let user = runs[1].user.as_ref().unwrap();
    assert_eq!((&*user.value.user, &text[user.at.range()]), ("app", "app"));
    assert_eq!(runs[1].workdir.as_deref(), Some("/srv"));
}

#[test]
fn what_buildkit_refuses_is_said_and_the_rest_is_read() {
    let cases = [
        ("RUN a\nFROM scratch\n", "before-from"),
        ("ARG X\n", "no-from"),
        ("", "empty-dockerfile"),
        ("FROM a b\n", "from-arguments"),
        ("FROM a AS 1x\n", "invalid-stage-name"),
        ("FORM scratch\nFROM scratch\n", "unknown-instruction"),
        ("FROM scratch\nCOPY a\n", "missing-destination"),
        ("FROM scratch\nCOPY --chwon=a b c\n", "unknown-flag"),
        ("FROM scratch\nCOPY --from a b\n", "flag-value"),
        ("FROM scratch\nUSER\n", "missing-arguments"),
        ("FROM scratch\nENV A\n", "missing-value"),
        ("FROM scratch\nENV A=1 B\n", "missing-equals"),
        ("FROM scratch\nLABEL =x\n", "blank-name"),
        ("FROM scratch\nCMD [1]\n", "exec-form-not-strings"),
        ("FROM scratch\nSHELL bash -c\n", "shell-not-exec-form"),
        ("FROM scratch\nONBUILD FROM x\n", "onbuild-trigger"),
        ("FROM scratch\nHEALTHCHECK x\n", "healthcheck-type"),
        ("FROM scratch\nHEALTHCHECK --retries=x CMD y\n", "healthcheck-option"),
        ("FROM scratch\nEXPOSE http\n", "invalid-port"),
        ("FROM scratch\nUSER ${x\n", "bad-substitution"),
        ("FROM scratch\nRUN --mount=type=volume,target=/x y\n", "mount-type"),
        ("FROM scratch\nRUN cat <<EOF\nx\n", "unterminated-heredoc"),
        ("# escape=x\nFROM scratch\n", "invalid-escape-directive"),
        ("# escape=`\n# escape=`\nFROM scratch\n", "duplicate-directive"),
    ];
    for (text, code) in cases {
        let reading = reading(text);
        assert_eq!(codes(&reading), [code], "{text:?}: {:?}", reading.complaints);
        assert!(reading.complaints[0].cure.is_some());
    }
    let mixed = reading("FROM scratch\nEXPSOE 80\nENV A\nUSER app\n");
    assert_eq!(codes(&mixed), ["unknown-instruction", "missing-value"]);
    assert_eq!(mixed.complaints[0].cure.as_deref(), Some("did you mean EXPOSE?"));
    assert_eq!(user(mixed.recipe.last().unwrap()), "app");
    let strays = [
        ("// a remark", "a comment begins with `#`"),
        ("CROSS_BUILD x", "write an instruction; a template is scanned after it was filled in"),
        ("{{ .Steps }}", "write an instruction; a template is scanned after it was filled in"),
        ("mkdir /x", "a line of a RUN needs a `\\` at the end of the line before it"),
    ];
    for (line, cure) in strays {
        let reading = reading(&format!("FROM scratch\n{line}\n"));
        assert_eq!(reading.complaints[0].cure.as_deref(), Some(cure), "{line}");
    }
}

#[test]
fn copies_from_what_is_no_earlier_stage_are_refused() {
    // `toCommand`, `validateCircularDependency` and `dispatch` of BuildKit's converter.
    let cases: [(&str, &[&str]); 8] = [
        ("FROM a AS x\nFROM scratch\nCOPY --from=x /a /a\nCOPY --from=0 /a /a\n", &[]),
        ("FROM a AS x\nCOPY --from=X /a /a\n", &["copy-from-itself"]),
        ("FROM a\nCOPY --from=0 /a /a\n", &["copy-from-itself"]),
        ("FROM a AS x\nCOPY --from=y /a /b\nFROM b AS y\nFROM x\n", &["copy-from-later-stage"]),
        // Nothing needs `x`, so that its steps are never looked at.
        ("FROM a AS x\nCOPY --from=y /a /b\nFROM b AS y\n", &[]),
        ("FROM a\nCOPY --from=3 /a /b\n", &["copy-from-missing-stage"]),
        ("ARG I=x\nFROM a\nCOPY --from=$I /a /b\n", &["copy-from-variable"]),
        ("FROM a\nCOPY --from=nginx /a /b\n", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(codes(&reading(text)), expected, "{text:?}");
    }
}

#[test]
fn variables_that_nothing_declares_are_noted() {
    let names = |text: &str| -> Vec<String> {
        let reading = reading(text);
        let last = reading.recipe.last().unwrap();
        last.steps.iter().flat_map(|step| &step.undeclared).map(|name| name.value.to_string()).collect()
    };
    assert_eq!(names("FROM a\nENV B=$C D=${E:-x} F=$PATH G=$https_proxy\n"), ["C"]);
    assert_eq!(names("ARG V=1\nFROM a\nLABEL v=$V\nARG V\nLABEL v=$V\n"), ["V"]);
    assert_eq!(names("FROM a\nARG A\nENV B=$A\nENV C=$B\n"), [""; 0]);
    assert_eq!(names("FROM a\nCOPY $T /x\nARG TARGETARCH\nCOPY $TARGETARCH /x\n"), ["T"]);
    // A shell expands these, and a trigger is expanded in another build.
    assert_eq!(names("FROM a\nRUN echo $X\nCMD echo $X\nONBUILD ENV A=$X\n"), [""; 0]);
    assert_eq!(names("FROM a AS b\nARG X=1\nENV Y=1\nFROM b\nENV Z=$X$Y\n"), [""; 0]);
}

#[test]
fn arguments_of_from_without_a_value_are_noted() {
    let open = |text: &str| -> Vec<(String, bool, bool)> {
        let reading = reading(text);
        let first = reading.recipe.stages.first().unwrap();
        let open = first.open_arguments.iter();
        open.map(|open| (open.name.to_string(), open.declared, open.dispensable)).collect()
    };
    let row = |name: &str, declared, dispensable| (name.to_owned(), declared, dispensable);
    assert_eq!(open("ARG T=1\nFROM a:$T\n"), []);
    assert_eq!(open("ARG T\nFROM a:$T\n"), [row("T", true, false)]);
    assert_eq!(open("ARG S\nFROM a$S\n"), [row("S", true, true)]);
    assert_eq!(open("FROM a:$T\n"), [row("T", false, false)]);
    assert_eq!(open("FROM a:${T:-1}\n"), []);
    assert_eq!(open("FROM --platform=$BUILDPLATFROM a:1\n"), [row("BUILDPLATFROM", false, false)]);
    assert_eq!(open("FROM --platform=$BUILDPLATFORM a:1\n"), []);
}

#[test]
fn the_way_a_file_is_written_is_noted() {
    let reading = reading(
        "# base image\nARG V=1\n# build makes it\nfrom a:$V as Build\n\n# no\n\nFROM b AS c\nEnv A b\nEXPOSE 80/TCP\n",
    );
    let cases: Vec<_> = reading.recipe.keywords.iter().map(|keyword| keyword.value).collect();
    assert_eq!(
        cases,
        [LetterCase::Upper, LetterCase::Lower, LetterCase::Upper, LetterCase::Mixed, LetterCase::Upper]
    );
    let [build, last] = reading.recipe.stages.as_slice() else { panic!("two stages") };
    assert_eq!(
        (build.from_case, build.as_case.as_ref().unwrap().value),
        (LetterCase::Lower, LetterCase::Lower)
    );
    assert!(last.steps[0].legacy && !last.steps[1].legacy);
    let descriptions: Vec<(&str, &str)> =
        reading.recipe.descriptions.iter().map(|own| (&*own.of, &*own.begins.value)).collect();
    assert_eq!(descriptions, [("V", "base"), ("Build", "build")]);
    let codes: Vec<&str> = reading.recipe.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, ["expose-protocol-case"]);
}

#[test]
fn what_buildkit_accepts_is_not_refused() {
    // The kinds of valid files that hadolint 2.15 rejects.
    let cases = [
        "FROM scratch\nRUN <<EOF\nx\nEOF\nUSER app\n",
        "FROM scratch\nRUN <<EOF\nx\nEOF\n# comment\nUSER app\n",
        "FROM scratch\nRUN a \\\n   \n  # c\n  b\n",
        "FROM scratch\nARG P=\nEXPOSE 6006:6006 :3388 ${P:-1027}\n",
        "FROM scratch\nLABEL a=\"b\nUSER app\n",
        "FROM scratch\nENV A=\"b c\" D='e \"f\"'\n",
        "FROM scratch\nRUN --mount=type=bind x\n",
        "FROM scratch\nENTRYPOINT []\nCMD []\n",
        "from scratch as a\nrun x\nFROM scratch AS A\n",
        "\u{feff}FROM scratch\r\nUSER app\r\n",
        "# syntax=docker/dockerfile:1\n# check=skip=all\nFROM scratch\n",
        "FROM scratch\nADD --keep-git-dir=true --unpack=false https://h/x.git#v1 /x\nCOPY --parents --exclude=*.md a b\n",
    ];
    for text in cases {
        let reading = reading(text);
        let invalid: Vec<_> = reading
            .complaints
            .iter()
            .filter(|complaint| complaint.kind == plimsoll_posture::ComplaintKind::Invalid)
            // An open quote parses; it is the expansion of the value that fails.
            .filter(|complaint| complaint.code != "bad-substitution")
            .collect();
        assert!(invalid.is_empty(), "{text:?}: {invalid:?}");
    }
}

#[test]
fn comments_stand_by_what_follows() {
    let text = "# syntax=docker/dockerfile:1\n# top\n\nFROM scratch\n# of user\n\nUSER app\n# end\n";
    let reading = reading(text);
    let covers: Vec<(&str, Option<&str>, bool)> = reading
        .comments
        .iter()
        .map(|comment| {
            (&text[comment.at.range()], comment.covers.map(|span| &text[span.range()]), comment.leading)
        })
        .collect();
    assert_eq!(
        covers,
        [
            ("# syntax=docker/dockerfile:1", Some("FROM scratch"), true),
            ("# top", Some("FROM scratch"), true),
            ("# of user", Some("USER app"), false),
            ("# end", None, false),
        ]
    );
    assert_eq!(&*reading.recipe.frontend.unwrap().value, "docker/dockerfile:1");
}
