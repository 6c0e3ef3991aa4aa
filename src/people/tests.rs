use super::*;

fn by(at: i64) -> By {
    By::creel(Timestamp(at))
}

const PASSWORD: &str = "not-a-real-password";

fn open(directory: &std::path::Path) -> People {
    People::open(Arc::new(Books::open(directory).unwrap())).unwrap()
}

fn with_ada(directory: &std::path::Path) -> People {
    let people = open(directory);
    let first = people.first_token().expect("nobody is there yet");
    people.set_up(&first, Some("Ada"), &Secret::new(PASSWORD), &by(1)).unwrap();
    people
}

fn joined(people: &People, name: &str, role: Role) -> Arc<Person> {
    let invited = people.invite(name, role, &by(1)).unwrap();
    people.set_up(&invited.token, None, &Secret::new(PASSWORD), &by(2)).unwrap()
}

#[test]
fn the_first_link_makes_one_administrator_and_is_used_up() {
    let directory = tempfile::tempdir().unwrap();
    let people = open(directory.path());
    assert!(people.is_new());
    let first = people.first_token().unwrap();
    let password = Secret::new(PASSWORD);
    assert!(matches!(
        people.set_up(&Secret::new("guessed"), Some("Eve"), &password, &by(1)),
        Err(PeopleError::LinkInvalid)
    ));
    assert!(matches!(
        people.set_up(&first, Some("Ada"), &Secret::new("short"), &by(1)),
        Err(PeopleError::Password)
    ));
    assert!(matches!(people.set_up(&first, None, &password, &by(1)), Err(PeopleError::Name)));
    let ada = people.set_up(&first, Some(" Ada "), &password, &by(1)).unwrap();
    assert_eq!((ada.name.as_str(), ada.role), ("Ada", Role::Admin));
    assert!(people.first_token().is_none() && !people.is_new());
    assert!(matches!(
        people.set_up(&first, Some("Eve"), &password, &by(1)),
        Err(PeopleError::LinkInvalid)
    ));

    assert_eq!(people.sign_in("ADA", &password).unwrap().id, ada.id);
    for (name, password) in [("ada", "not-a-real-passwort"), ("eve", PASSWORD), ("", "")] {
        let refused = people.sign_in(name, &Secret::new(password));
        assert!(matches!(refused, Err(PeopleError::Wrong)), "{name}");
    }
    drop(people);
    assert!(open(directory.path()).first_token().is_none(), "a restart makes no second first");
}

#[test]
fn an_invitation_counts_once_and_not_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let people = with_ada(directory.path());
    let bob = people.invite("Bob", Role::Viewer, &by(1)).unwrap();
    assert_eq!(bob.person.standing(), Standing::Invited);
    assert!(matches!(people.invite("bob", Role::Viewer, &by(1)), Err(PeopleError::NameTaken(_))));
    for unseen in ["", " ", "Bo\u{200d}b", "\u{202e}evil", "a\nb", &"x".repeat(101)] {
        let refused = people.invite(unseen, Role::Viewer, &by(1));
        assert!(matches!(refused, Err(PeopleError::Name)), "{unseen:?}");
    }
    let look = |now| people.look_at_link(&bob.token, Timestamp(now));
    let link = Link { name: Some("Bob".to_owned()), expires_at: Some(bob.expires_at) };
    assert_eq!(look(1).expect("it counts"), link);
    assert!(matches!(look(1 + LINK_LIFE_MS), Err(PeopleError::LinkInvalid)));
    let password = Secret::new(PASSWORD);
    let late = Timestamp(1 + LINK_LIFE_MS);
    assert!(matches!(
        people.set_up(&bob.token, None, &password, &By::creel(late)),
        Err(PeopleError::LinkInvalid)
    ));
    // A newer link is the only one that counts.
    let again = people.reset(bob.person.id, &by(2)).unwrap();
    assert!(people.set_up(&bob.token, None, &password, &by(3)).is_err());
    people.set_up(&again.token, None, &password, &by(3)).unwrap();
    assert!(people.set_up(&again.token, None, &password, &by(3)).is_err());
    assert_eq!(people.sign_in("Bob", &password).unwrap().role, Role::Viewer);
}

#[test]
fn a_session_counts_until_it_is_ended_rests_too_long_or_is_too_old() {
    let directory = tempfile::tempdir().unwrap();
    let people = with_ada(directory.path());
    let ada = people.named("ada").unwrap();
    let began = people.begin_session(&ada, Some("Browser 1"), &by(0)).unwrap();
    let counts = |people: &People, at: i64| people.recognise(&began.token, Timestamp(at)).is_some();
    const DAY: i64 = 24 * 3_600_000;
    assert!(counts(&people, 6 * DAY));
    assert!(!counts(&people, 7 * DAY), "rested too long");
    for day in 1..=30 {
        let _ = began.session.touch(Timestamp(day * DAY));
    }
    assert!(counts(&people, 30 * DAY - 1));
    assert!(!counts(&people, 30 * DAY), "too old");
    drop(people);

    let people = open(directory.path());
    assert!(counts(&people, DAY), "survives a restart");
    people.end_session(&began.session, &by(1)).unwrap();
    assert!(!counts(&people, DAY));
    drop(people);
    assert!(!counts(&open(directory.path()), DAY), "ended is ended");
}

#[test]
fn a_person_has_a_bounded_number_of_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let people = with_ada(directory.path());
    let ada = people.named("ada").unwrap();
    let first = people.begin_session(&ada, None, &by(1)).unwrap();
    for at in 2..=51 {
        people.begin_session(&ada, None, &by(at)).unwrap();
    }
    assert_eq!(people.sessions(Timestamp(60)).len(), 50);
    assert!(people.recognise(&first.token, Timestamp(60)).is_none());
}

#[test]
fn whoever_is_disabled_removed_or_has_a_new_password_is_signed_out() {
    let directory = tempfile::tempdir().unwrap();
    let people = with_ada(directory.path());
    let bob = joined(&people, "Bob", Role::Editor);
    let begin = || people.begin_session(&bob, None, &by(5)).unwrap();
    let counts = |began: &Began| people.recognise(&began.token, Timestamp(6)).is_some();

    let (kept, other) = (begin(), begin());
    let new = Secret::new("another-unreal-password");
    assert!(matches!(
        people.change_password(&kept.session, &Secret::new("wrong"), &new, &by(5)),
        Err(PeopleError::Wrong)
    ));
    people.change_password(&kept.session, &Secret::new(PASSWORD), &new, &by(5)).unwrap();
    assert!(counts(&kept) && !counts(&other));

    people.change(bob.id, None, Some(true), &by(7)).unwrap();
    assert!(!counts(&kept));
    assert!(people.sign_in("Bob", &new).is_err());
    people.change(bob.id, None, Some(false), &by(8)).unwrap();
    assert!(!counts(&kept), "letting in again revives no session");

    let again = begin();
    people.remove(bob.id, &by(9)).unwrap();
    assert!(!counts(&again) && people.named("bob").is_none());
}

#[test]
fn the_last_administrator_stays_one() {
    let directory = tempfile::tempdir().unwrap();
    let people = with_ada(directory.path());
    let ada = people.named("ada").unwrap().id;
    let last = |outcome: Result<_, PeopleError>| matches!(outcome, Err(PeopleError::LastAdmin));
    // Somebody who was only invited cannot administer.
    let eve = people.invite("Eve", Role::Admin, &by(1)).unwrap();
    assert!(last(people.change(ada, Some(Role::Viewer), None, &by(2))));
    assert!(last(people.change(ada, None, Some(true), &by(2))));
    assert!(matches!(people.remove(ada, &by(2)), Err(PeopleError::LastAdmin)));
    people.set_up(&eve.token, None, &Secret::new(PASSWORD), &by(3)).unwrap();
    people.change(ada, Some(Role::Viewer), None, &by(4)).unwrap();
    assert!(last(people.change(eve.person.id, Some(Role::Editor), None, &by(5))));
}
