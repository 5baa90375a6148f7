//! Secrets in the text of Dockerfiles: what is seen, where exactly, and what is not one.

use plimsoll_lens::dockerfile::{Options, read};
use plimsoll_posture::{Place, SecretSighting};
use plimsoll_text::{SourceKind, Sources};

/// Place, name, and the text under the span.
fn seen(text: &str) -> Vec<(Place, String, String)> {
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
    let reading = read(&sources, id, &Options::default());
    let told =
        |own: &SecretSighting| (own.place, own.name.to_string(), text[own.at.at.span.range()].to_owned());
    reading.recipe.sightings.iter().map(told).collect()
}

fn expect(text: &str, expected: &[(Place, &str, &str)]) {
    let expected: Vec<(Place, String, String)> = expected
        .iter()
        .map(|(place, name, under)| (*place, (*name).to_owned(), (*under).to_owned()))
        .collect();
    assert_eq!(seen(text), expected, "{text}");
}

// Made up, in the shape of a real one, and cut in two so that no scanner takes this file for a leak.
fn token() -> String {
    ["ghp", "_x7Kd92LmQp4RtVw8Yz3BnCf6Hj1Sg5Ae0Uo"].concat()
}

#[test]
fn values_of_env_and_arg() {
    expect(
        "FROM scratch\nENV A=1 DB_PASSWORD=\"tr0ub4dor&3x\" PORT=80\nARG API_TOKEN='9f8a7b6c5d4e3f2a1b0c'\n",
        &[
            (Place::ImageEnv, "DB_PASSWORD", "tr0ub4dor&3x"),
            (Place::ImageArg, "API_TOKEN", "9f8a7b6c5d4e3f2a1b0c"),
        ],
    );
    expect(
        "ARG DB_PASSWORD=tr0ub4dor\\&3x\nFROM scratch\n",
        &[(Place::ImageArg, "DB_PASSWORD", "tr0ub4dor\\&3x")],
    );
    expect(
        "FROM scratch\nENV DB_PASSWORD=${X:-tr0ub4dor&3x}\n",
        &[(Place::ImageEnv, "DB_PASSWORD", "tr0ub4dor&3x")],
    );
    expect(
        "FROM scratch\nENV URL=postgres://app:s3cr3tpw9@db:5432/app\n",
        &[(Place::ImageEnv, "URL", "s3cr3tpw9")],
    );
}

#[test]
fn a_build_argument_that_becomes_environment_or_is_used() {
    expect(
        "FROM scratch\nARG NPM_TOKEN\nENV NPM_TOKEN=$NPM_TOKEN\n",
        &[(Place::ImageEnv, "NPM_TOKEN", "$NPM_TOKEN")],
    );
    expect(
        "FROM debian\nARG NPM_TOKEN\nARG NPM_TOKEN_FILE\nRUN echo //r/:_authToken=${NPM_TOKEN} > .npmrc && npm ci && rm .npmrc\n",
        &[(Place::ImageArg, "NPM_TOKEN", "NPM_TOKEN")],
    );
    // npm puts it into the `.npmrc` that names it; no word of the command does.
    expect("FROM debian\nARG NPM_TOKEN\nRUN npm ci\n", &[(Place::ImageArg, "NPM_TOKEN", "NPM_TOKEN")]);
    expect("FROM debian\nARG NPM_TOKEN\nRUN pip install flask\n", &[]);
}

#[test]
fn commands_and_their_options() {
    let token = token();
    expect(
        &format!("FROM debian\nRUN git clone \\\n  https://x:{token}@github.com/a/b.git\n"),
        &[(Place::Run, "RUN", &token)],
    );
    expect(
        "FROM debian\nRUN <<EOF\nexport DB_PASSWORD=tr0ub4dor_3x\nEOF\n",
        &[(Place::Run, "DB_PASSWORD", "tr0ub4dor_3x")],
    );
    expect(
        "FROM debian\nCMD [\"app\", \"--password=tr0ub4dor_3x\"]\n",
        &[(Place::Command, "--password", "tr0ub4dor_3x")],
    );
    expect("FROM debian\nADD https://u:s3cr3tpw9@h/x.tgz /x\n", &[(Place::Run, "ADD", "s3cr3tpw9")]);
}

#[test]
fn files_that_hold_secrets() {
    expect(
        "FROM debian AS b\nCOPY .env id_rsa /app/\nFROM debian\nCOPY --from=b /app/.env /app/\nCOPY package.json .env.example ./\n",
        &[(Place::CopiedFile, ".env", ".env"), (Place::CopiedFile, "id_rsa", "id_rsa")],
    );
    expect(
        "FROM debian\nWORKDIR /root\nRUN echo \"$X\" > ~/.npmrc\nRUN npm ci\nRUN rm -f .npmrc\n",
        &[(Place::RemovedLater, "/root/.npmrc", "~/.npmrc")],
    );
    expect("FROM debian\nRUN echo \"$X\" > ~/.npmrc && npm ci && rm ~/.npmrc\n", &[]);
}

#[test]
fn what_is_no_secret() {
    expect(
        "FROM debian\nENV GOPRIVATE=github.com/a PASSWORD_FILE=/run/secrets/x TOKEN= NODE_ENV=production\n\
         ARG KEYRING=/usr/share/keyrings/x.gpg\nRUN --mount=type=secret,id=token cat /run/secrets/token\n",
        &[],
    );
}

#[test]
fn only_what_is_in_the_shipped_stages_ships() {
    let text =
        "FROM scratch AS build\nENV DB_PASSWORD=tr0ub4dor&3x\nFROM scratch\nENV DB_PASSWORD=tr0ub4dor&3y\n";
    let mut sources = Sources::new();
    let id = sources.add_text("Dockerfile", SourceKind::Dockerfile, text);
    let recipe = read(&sources, id, &Options::default()).recipe;
    let ships: Vec<bool> = recipe.sightings.iter().map(|own| own.ships).collect();
    assert_eq!(ships, [false, true]);
    assert!(recipe.sightings.iter().all(|own| own.length == 12));
}
