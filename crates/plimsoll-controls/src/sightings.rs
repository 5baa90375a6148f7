//! How controls speak of secrets: what one is called, how long it is about, and what takes its place.
//!
//! The model holds no value of a secret, so no message can. Deliberately absent: which control reports which place.

use plimsoll_posture::{
    BuiltImage, Certainty, Change, Place, Posture, Recipe, SecretSighting, Service, Setting,
};

use crate::remedy::give;
use crate::{Finding, Remedy, Verdict, layers};

/// What a thing with a secret does, as the end of a sentence: `holds a private key (32 or more characters)`,
/// `holds what looks like a well-known password (under 8 characters)`.
pub(crate) fn says(sighting: &SecretSighting) -> String {
    let verb = match sighting.certainty {
        Certainty::Certain => "holds",
        Certainty::Likely => "holds what looks like",
    };
    let what = noun(&sighting.kind);
    match length(sighting.length) {
        "" => format!("{verb} {what}"),
        length => format!("{verb} {what} ({length})"),
    }
}

/// A few words for the caret line.
pub(crate) fn label(sighting: &SecretSighting) -> String {
    match (noun(&sighting.kind), length(sighting.length)) {
        (what, "") => what,
        (what, length) => format!("{what}, {length}"),
    }
}

/// What the kind of a sighting is called.
pub(crate) fn noun(kind: &str) -> String {
    match kind {
        "named" => "a secret".to_owned(),
        "weak-password" => "a well-known password".to_owned(),
        "url-password" => "a URL with a password".to_owned(),
        "password-hash" | "htpasswd" => "a password hash".to_owned(),
        "jwt" => "a JSON Web Token".to_owned(),
        "file" => "a secret file".to_owned(),
        "key-store" => "a key store".to_owned(),
        "http-bearer" => "a bearer token".to_owned(),
        "http-basic" | "go-data-source" | "ado-connection-string" => "a password".to_owned(),
        "kubernetes-secret-manifest" => "a value of a Secret of Kubernetes".to_owned(),
        kind if kind.starts_with("private-key") || kind == "putty-key" || kind == "age-secret-key" => {
            "a private key".to_owned()
        }
        kind => format!("a credential of the form `{kind}`"),
    }
}

/// The class that a length falls into; empty when the value was not read. The exact length would help whoever guesses.
fn length(characters: usize) -> &'static str {
    match characters {
        0 => "",
        1..=7 => "under 8 characters",
        8..=15 => "8 to 15 characters",
        16..=31 => "16 to 31 characters",
        _ => "32 or more characters",
    }
}

/// The verdict about the sightings of one kind of place in a service.
pub(crate) fn in_service(
    service: &Service,
    place: Place,
    message: impl Fn(&SecretSighting) -> String,
    fix: impl Fn(&SecretSighting) -> String,
    remedy: impl Fn(&SecretSighting) -> Option<Remedy>,
) -> Verdict {
    let findings = service.sightings.iter().filter(|sighting| sighting.place == place);
    let findings = findings
        .map(|sighting| {
            Finding::at(&sighting.at, label(sighting), message(sighting), fix(sighting))
                .remedied_by(remedy(sighting))
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}

/// The verdict about the sightings of one kind of place in a service and in the Dockerfile that makes its image. Of the
/// services that share a Dockerfile the first one answers for it.
pub(crate) fn in_service_and_image(
    service: &Service,
    posture: &Posture,
    place: Place,
    message: impl Fn(&SecretSighting) -> String,
    fix: impl Fn(&SecretSighting) -> String,
) -> Verdict {
    let of_images = posture.recipes.iter().filter(|recipe| {
        if service.runtime {
            recipe.built_by.first().is_some_and(|first| **first == *service.name())
        } else {
            recipe.subject == service.subject
        }
    });
    let of_images = of_images.flat_map(|recipe| &recipe.sightings).filter(|sighting| sighting.ships);
    let built = posture.built.iter().filter(|built| {
        let owner = built.subject.service.as_ref();
        built.subject == service.subject || owner.is_some_and(|owner| **owner == *service.name())
    });
    let of_built = built.flat_map(|built| &built.sightings);
    let all = service.sightings.iter().chain(of_images).chain(of_built);
    let findings = all.filter(|sighting| sighting.place == place);
    let findings = findings
        .map(|sighting| Finding::at(&sighting.at, label(sighting), message(sighting), fix(sighting)))
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}

/// What a service is called in a message: ``service `api` ``, ``image `Dockerfile` ``.
pub(crate) fn whose(service: &Service) -> String {
    format!("{} `{}`", if service.runtime { "service" } else { "image" }, service.name())
}

/// The verdict about the sightings of one kind of place in the stages of a Dockerfile that ship.
pub(crate) fn in_recipe(
    recipe: &Recipe,
    place: Place,
    message: impl Fn(&SecretSighting) -> String,
    fix: impl Fn(&SecretSighting) -> String,
    remedy: impl Fn(&SecretSighting) -> Option<Remedy>,
) -> Verdict {
    let findings = recipe.sightings.iter().filter(|sighting| sighting.place == place && sighting.ships);
    let findings = findings
        .map(|sighting| {
            Finding::at(&sighting.at, label(sighting), message(sighting), fix(sighting))
                .remedied_by(remedy(sighting))
        })
        .collect();
    Verdict::from_findings(findings, Verdict::absent())
}

/// The verdict about the sightings of one kind of place in the configuration and the history of an image.
pub(crate) fn in_built(
    image: &BuiltImage,
    place: Place,
    message: impl Fn(&SecretSighting) -> String,
    fix: impl Fn(&SecretSighting) -> String,
) -> Verdict {
    let findings = image.sightings.iter().filter(|sighting| sighting.place == place);
    let findings = findings
        .map(|sighting| Finding::at(&sighting.at, label(sighting), message(sighting), fix(sighting)))
        .collect();
    Verdict::from_findings(findings, layers::pass(image))
}

/// How a service is given a value that is kept elsewhere.
pub(crate) fn elsewhere(service: &Service, name: &str) -> String {
    if service.knowledge.file_variables.iter().any(|variable| &**variable == name) {
        let secret = id(name);
        return format!(
            "set `{name}_FILE: /run/secrets/{secret}` instead and mount `{secret}` with `secrets:`; \
             change the value: it is in the file's history"
        );
    }
    if !is_variable(name) {
        return "take the value from a variable that has no default, or mount it as a file with `secrets:`"
            .to_owned();
    }
    format!(
        "write `{name}: ${{{name}:?set {name}}}` and keep the value out of the repository, or mount it with `secrets:` \
         if the program reads files"
    )
}

/// The value is asked for from outside.
pub(crate) fn asked(sighting: &SecretSighting, variable: &str) -> Remedy {
    Remedy::risky(
        vec![Change::Ask { at: sighting.at.at.clone(), variable: variable.into() }],
        "nothing starts until somebody sets the variable; the value stays in the history of the file",
    )
}

/// What puts the value of a variable elsewhere.
pub(crate) fn moved(service: &Service, sighting: &SecretSighting) -> Option<Remedy> {
    let name = &sighting.name;
    if !is_variable(name) {
        return None;
    }
    let reads_file = service.knowledge.file_variables.iter().any(|variable| variable == name);
    let Some(claim) = service.env.get(name).and_then(|fact| fact.effective()).filter(|_| reads_file) else {
        return Some(asked(sighting, name));
    };
    let secret = id(name);
    let anchor = service.subject.anchor;
    let variable =
        Setting::Environment(format!("{name}_FILE").into(), format!("/run/secrets/{secret}").into());
    Some(Remedy::risky(
        vec![
            give(service, variable),
            Change::Withdraw { at: claim.at.clone() },
            give(service, Setting::Secret(secret.as_str().into())),
            Change::Secret {
                anchor,
                name: secret.as_str().into(),
                file: format!("./secrets/{secret}").into(),
            },
        ],
        format!(
            "it does not start until the file is there, which nobody makes up: `install -d -m 700 secrets`, then write \
             a new value into `secrets/{secret}`"
        ),
    ))
}

/// How a build step is given a secret that leaves no trace.
pub(crate) fn build_mount(name: &str) -> String {
    // A step stands for itself where no variable is named.
    if is_variable(name) && !matches!(name, "RUN" | "ADD") {
        format!("use `RUN --mount=type=secret,id={},env={name}` in the step that needs it", id(name))
    } else {
        "use `RUN --mount=type=secret,id=token` in the step that needs it and read /run/secrets/token there"
            .to_owned()
    }
}

/// The name of a secret for a variable.
pub(crate) fn id(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Whether a name can be the name of a variable: options and labels cannot.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name != "command"
}
