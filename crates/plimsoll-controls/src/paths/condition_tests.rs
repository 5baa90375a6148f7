//! The conditions of every known path, made to hold and to fail one by one.

use plimsoll_posture::{CapabilitySet, Plane, Provenance};
use plimsoll_text::{SourceKind, Sources, Span};

use super::super::catalogue::catalogue;
use super::super::view::{BindKind, Binds, Item, Items, Spot};
use super::*;

#[test]
fn three_valued_logic_is_kleenes() {
    use Truth::{False as F, True as T, Unknown as U};
    // Kleene, Introduction to Metamathematics (1952), section 64.
    let and = [(T, T, T), (T, U, U), (T, F, F), (U, U, U), (U, F, F), (F, F, F)];
    let or = [(T, T, T), (T, U, T), (T, F, T), (U, U, U), (U, F, U), (F, F, F)];
    for (a, b, wanted) in and {
        assert_eq!((a.and(b), b.and(a)), (wanted, wanted), "{a:?} and {b:?}");
    }
    for (a, b, wanted) in or {
        assert_eq!((a.or(b), b.or(a)), (wanted, wanted), "{a:?} or {b:?}");
    }
    assert_eq!([T.not(), U.not(), F.not()], [F, U, T]);
}

#[test]
fn a_mount_covers_what_lies_below_it_and_lies_within_what_is_above() {
    for (path, parent, wanted) in [
        ("/run/docker.sock", "/", true),
        ("/run/docker.sock", "/run", true),
        ("/run/docker.sock", "/run/docker.sock", true),
        ("/run/docker.sock", "/ru", false),
        ("/run/docker.sock", "/run/docker", false),
    ] {
        assert_eq!(is_below(path, parent), wanted, "{path} {parent}");
    }
    for (path, parent, wanted) in [
        ("/home/ann/.ssh/id_rsa", "/home/*/.ssh", true),
        ("/home/ann/.ssh", "/home/*/.ssh", true),
        ("/home/.ssh", "/home/*/.ssh", false),
        ("/home/ann/.sshd", "/home/*/.ssh", false),
        ("/home", "/home/*/.ssh", false),
    ] {
        assert_eq!(is_within(path, parent), wanted, "{path} {parent}");
    }
    for (pattern, text, wanted) in [
        ("/dev/sd*", "/dev/sda1", true),
        ("/dev/mem", "/dev/mem", true),
        ("/dev/mem", "/dev/memory", false),
        ("*socket-proxy*", "tecnativa/docker-socket-proxy:1", true),
        ("ALLOW_*=1", "ALLOW_START=1", true),
        ("ALLOW_*=1", "ALLOW_START=0", false),
        ("a *", "a *:* rwm", true),
        ("ab*b", "ab", false),
    ] {
        assert_eq!(glob(pattern, text), wanted, "{pattern} {text}");
    }
}

static YES: Known<bool> = Known::Value(true);
static NO: Known<bool> = Known::Value(false);

fn spot() -> Spot<'static> {
    let mut sources = Sources::new();
    let source = sources.add_text("x", SourceKind::Other, "");
    Spot { at: Box::leak(Box::new(Provenance::absent(Span::whole(source)))), plane: Plane::Declared }
}

fn slot(value: Value<'static>) -> Slot<'static> {
    Slot::silent(value)
}

fn item(text: String) -> Item<'static> {
    Item { text: text.into(), spot: None, of: None }
}

fn version(text: &str) -> Value<'static> {
    Value::Version(Version::parse(text), text.to_owned().into())
}

fn is_version(field: Field) -> bool {
    use Field::{HostContainerd, HostDesktop, HostDocker, HostKernel, HostNvidia, HostRunc};
    matches!(field, HostContainerd | HostDesktop | HostDocker | HostKernel | HostNvidia | HostRunc)
}

fn is_list(field: Field) -> bool {
    use Field as F;
    matches!(
        field,
        F::Propagation
            | F::Peers
            | F::PeerEnv
            | F::Devices
            | F::DeviceRules
            | F::Setuid
            | F::SecretsEnv
            | F::SecretsHistory
            | F::SecretsLayer
            | F::EnvSecrets
    )
}

fn of_scalar(field: Field, scalar: &Scalar) -> Value<'static> {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Flag(flag) => Value::Flag(*flag),
        Scalar::Number(number) => Value::Number(*number),
        Scalar::Text(text) if is_version(field) => version(text),
        Scalar::Text(text) => Value::Text(text.clone().into()),
    }
}

fn bind(path: &str, shared_with: Option<&'static str>) -> Bind<'static> {
    Bind {
        path: path.replace('*', "ann"),
        writable: &YES,
        spot: spot(),
        kind: BindKind::Host,
        harmless: false,
        shared_with,
    }
}

fn add_bind(view: &mut View<'static>, bind: Bind<'static>) {
    let mut binds = match &view.slot(Field::Mounts).value {
        Known::Value(Value::Binds(binds)) => binds.clone(),
        _ => Binds::default(),
    };
    binds.all.push(bind);
    view.set(Field::Mounts, slot(Value::Binds(binds)));
}

/// Makes a leaf hold, and leaves what holds already.
fn satisfy(view: &mut View<'static>, leaf: &Leaf) {
    if answer(leaf, view).truth() == Truth::True {
        return;
    }
    let field = leaf.field;
    let value = match &leaf.test {
        Test::In(wanted) if is_list(field) => match &wanted[0] {
            Scalar::Text(text) => Value::Items(Items { all: vec![item(text.clone())], open: None }),
            other => panic!("{other:?}"),
        },
        Test::In(wanted) => of_scalar(field, &wanted[0]),
        Test::NotIn(refused) => match &refused[0] {
            Scalar::Flag(flag) => Value::Flag(!flag),
            Scalar::Number(number) => Value::Number(number + 1000),
            _ => Value::Text("bridge".into()),
        },
        Test::Truthy if field == Field::CapBnd => Value::Caps(CapabilitySet::docker_default()),
        Test::Truthy if is_list(field) => Value::Items(Items { all: vec![item("x".into())], open: None }),
        Test::Truthy => Value::Flag(true),
        Test::Holds(capability) => {
            let held = match &view.slot(field).value {
                Known::Value(Value::Caps(set)) => *set,
                _ => CapabilitySet::EMPTY,
            };
            Value::Caps(held.with([*capability].into_iter().collect()))
        }
        Test::HoldsField(other) => {
            view.set(*other, slot(Value::Number(998)));
            Value::Items(Items { all: vec![item("998".into())], open: None })
        }
        Test::Below(_) | Test::Ranges(_) => version("0.1.0"),
        Test::Between(first, _) => Value::Version(Some(first.clone()), "first".into()),
        Test::Glob(patterns) => {
            Value::Items(Items { all: vec![item(patterns[0].replace('*', "x"))], open: None })
        }
        Test::BindCovers { paths, .. } | Test::BindWithin { paths, .. } | Test::BindIs { paths, .. } => {
            return add_bind(view, bind(&paths[0], None));
        }
        Test::Shared => return add_bind(view, bind("/srv/data", Some("other"))),
        // It holds of the version that is there, or nobody knows.
        Test::Unfixed { .. } => return,
    };
    view.set(field, slot(value));
}

/// Makes a leaf not hold.
fn refuse(view: &mut View<'static>, leaf: &Leaf) {
    let field = leaf.field;
    let value = match &leaf.test {
        Test::In(_) | Test::Glob(_) | Test::Truthy | Test::HoldsField(_)
            if is_list(field) || field == Field::Groups =>
        {
            Value::Items(Items::default())
        }
        Test::In(wanted) => match &wanted[0] {
            Scalar::Number(number) => Value::Number(number + 1),
            Scalar::Flag(flag) => Value::Flag(!flag),
            _ => Value::Text("another".into()),
        },
        Test::NotIn(refused) => of_scalar(field, &refused[0]),
        Test::Truthy if field == Field::CapBnd => Value::Caps(CapabilitySet::EMPTY),
        Test::Truthy => Value::Flag(false),
        Test::Holds(capability) => match &view.slot(field).value {
            Known::Value(Value::Caps(set)) => Value::Caps(set.without([*capability].into_iter().collect())),
            _ => Value::Caps(CapabilitySet::EMPTY),
        },
        Test::Below(_) | Test::Between(..) | Test::Ranges(_) => version("999.0"),
        Test::BindCovers { .. } | Test::BindWithin { .. } | Test::BindIs { .. } | Test::Shared => {
            Value::Binds(Binds::default())
        }
        Test::Unfixed { .. } => match &view.slot(field).value {
            Known::Value(Value::Version(Some(version), text)) => {
                Value::Version(Some(version.clone().repackaged()), text.clone())
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    view.set(field, slot(value));
}

fn leaves(condition: &Condition) -> Vec<&Leaf> {
    match condition {
        Condition::All(all) | Condition::Any(all) => all.iter().flat_map(leaves).collect(),
        Condition::Not(inner) => leaves(inner),
        Condition::Leaf(leaf) => vec![leaf],
    }
}

/// Groups of leaves that have to be refused together for a condition to fail: one leaf, or all of an `any`.
fn groups(condition: &Condition) -> Vec<Vec<&Leaf>> {
    match condition {
        Condition::All(all) => all.iter().flat_map(groups).collect(),
        other => vec![leaves(other)],
    }
}

/// The smallest view in which a condition holds.
fn satisfied(condition: &Condition, view: &mut View<'static>) {
    match condition {
        Condition::All(all) => all.iter().for_each(|inner| satisfied(inner, view)),
        Condition::Any(any) => {
            if let Some(first) = any.first() {
                satisfied(first, view);
            }
        }
        Condition::Not(inner) => leaves(inner).into_iter().for_each(|leaf| refuse(view, leaf)),
        Condition::Leaf(leaf) => satisfy(view, leaf),
    }
}

fn blank() -> View<'static> {
    View::blank(None, None)
}

/// Nobody knows of an old kernel whether its branch was mended.
fn is_ever_certain(condition: &Condition) -> bool {
    !leaves(condition).iter().any(|leaf| {
        leaf.field == Field::HostKernel
            && matches!(&leaf.test, Test::Unfixed { branches } if branches.is_empty())
    })
}

#[test]
fn every_path_holds_in_the_smallest_view_of_it_and_fails_when_any_condition_does() {
    for path in catalogue() {
        let mut view = blank();
        satisfied(&path.when, &mut view);
        let wanted = if is_ever_certain(&path.when) { Truth::True } else { Truth::Unknown };
        assert_eq!(evaluate(&path.when, &view), wanted, "{}", path.id);
        for group in groups(&path.when) {
            let mut broken = view.clone();
            group.iter().for_each(|leaf| refuse(&mut broken, leaf));
            let answer = evaluate(&path.when, &broken);
            match group[0].test {
                // Whoever repackages may have mended it.
                Test::Unfixed { .. } => assert_eq!(answer, Truth::Unknown, "{}: {group:?}", path.id),
                _ => assert_eq!(answer, Truth::False, "{}: {group:?}", path.id),
            }
        }
    }
}

#[test]
fn a_path_of_which_one_condition_is_not_known_is_possible() {
    for path in catalogue() {
        let mut view = blank();
        assert_eq!(evaluate(&path.when, &view), Truth::Unknown, "{}: nothing is known", path.id);
        satisfied(&path.when, &mut view);
        for group in groups(&path.when) {
            let mut doubtful = view.clone();
            for leaf in &group {
                let field = leaf.field;
                doubtful.set(field, Slot::unknown(Reason::NeedsEngine("docker info")));
            }
            assert_eq!(evaluate(&path.when, &doubtful), Truth::Unknown, "{}: {group:?}", path.id);
        }
    }
}

fn leaf_of(id: &str, wanted: fn(&Test) -> bool) -> Leaf {
    let path = catalogue().iter().find(|path| path.id == id).unwrap();
    leaves(&path.when).into_iter().find(|leaf| wanted(&leaf.test)).unwrap().clone()
}

#[test]
fn a_mount_that_may_be_writable_may_be_enough() {
    let leaf = leaf_of("host-etc-rw", |test| matches!(test, Test::BindCovers { .. }));
    let mut view = blank();
    add_bind(&mut view, Bind { writable: &NO, ..bind("/etc", None) });
    assert_eq!(answer(&leaf, &view), Answer::No);
    static OPEN: Known<bool> = Known::Unknown(Reason::NeedsEngine("x"));
    add_bind(&mut view, Bind { writable: &OPEN, ..bind("/etc", None) });
    assert_eq!(answer(&leaf, &view).truth(), Truth::Unknown);
    add_bind(&mut view, bind("/", None));
    assert_eq!(answer(&leaf, &view), Answer::Items(vec![2]));
}

#[test]
fn below_home_and_opt_nobody_knows_what_the_host_runs() {
    let leaf = leaf_of("host-persist-dir-rw", |test| matches!(test, Test::BindWithin { .. }));
    for (path, wanted) in [
        ("/etc/cron.d", Truth::True),
        ("/usr/local/bin/x", Truth::True),
        ("/home", Truth::True),
        ("/home/ann/data", Truth::Unknown),
        ("/opt/app", Truth::Unknown),
        ("/srv/data", Truth::False),
    ] {
        let mut view = blank();
        add_bind(&mut view, bind(path, None));
        assert_eq!(answer(&leaf, &view).truth(), wanted, "{path}");
    }
    let mut view = blank();
    add_bind(&mut view, Bind { kind: BindKind::Project, ..bind("/etc/cron.d", None) });
    assert_eq!(answer(&leaf, &view), Answer::No, "the project's own directory");
}

#[test]
fn a_mended_branch_is_mended_and_a_repackaged_one_may_be() {
    let leaf = leaf_of("kernel-cve-2022-0847", |test| matches!(test, Test::Unfixed { .. }));
    for (text, wanted) in [
        ("5.15.25", Truth::False),
        ("5.15.24", Truth::True),
        ("5.10.200", Truth::False),
        ("5.16.3", Truth::True),
        ("5.16.3-200.fc35.x86_64", Truth::Unknown),
    ] {
        let mut view = blank();
        view.set(Field::HostKernel, slot(version(text)));
        assert_eq!(answer(&leaf, &view).truth(), wanted, "{text}");
    }
    let leaf = leaf_of("runc-cve-2024-21626", |test| matches!(test, Test::Unfixed { .. }));
    let mut view = blank();
    view.set(Field::HostRunc, slot(version("1.1.5+ds1")));
    assert_eq!(answer(&leaf, &view).truth(), Truth::Unknown, "Debian carries the patch");
}

#[test]
fn a_capability_outside_of_the_bounding_set_is_held_by_nobody() {
    let leaf = leaf_of("sys-admin-core-pattern", |test| matches!(test, Test::Holds(_)));
    let mut view = blank();
    assert_eq!(answer(&leaf, &view).truth(), Truth::Unknown);
    view.set(Field::CapBnd, slot(Value::Caps(CapabilitySet::docker_default())));
    assert_eq!(answer(&leaf, &view), Answer::No);
    view.set(Field::CapBnd, slot(Value::Caps(CapabilitySet::all())));
    assert_eq!(answer(&leaf, &view).truth(), Truth::Unknown);
}
