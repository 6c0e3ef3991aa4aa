//! How tolerant reading reads.

use super::*;

shape! {
    Parcel<'a> {
        name: String = "name",
        weight: i64 = "weight",
        number: Label = "number",
        sent: Timestamp = "sent",
        fragile: bool = "fragile",
        inner: Inner = "inner",
        stops: Vec<Inner> = "stops",
        rest: &'a RawValue = "rest",
    }
}

shape! {
    Inner {
        name: String = "name",
    }
}

fn read(json: &str) -> Parcel<'_> {
    serde_json::from_str::<Told<Parcel<'_>>>(json).unwrap().0.unwrap()
}

#[test]
fn members_are_read_in_any_order_and_the_unknown_is_skipped() {
    let parcel = read(
        r#"{"x": [{"deep": [1, 2]}], "weight": "12", "name": "a", "number": 7, "fragile": true,
            "inner": {"name": "b", "y": {}}, "stops": [{"name": "c"}, 3, null, {"name": "d"}],
            "rest": {"any": 1}, "sent": "2026-02-13T14:30:00Z"}"#,
    );
    assert_eq!(parcel.name.as_deref(), Some("a"));
    assert_eq!(parcel.weight, Some(12));
    assert_eq!(parcel.number, Some(Label("7".into())));
    assert_eq!(parcel.fragile, Some(true));
    assert_eq!(parcel.sent.unwrap().to_string(), "2026-02-13T14:30:00.000Z");
    assert_eq!(parcel.inner.unwrap().name.as_deref(), Some("b"));
    let stops: Vec<_> = parcel.stops.unwrap().into_iter().map(|s| s.name.unwrap()).collect();
    assert_eq!(stops, ["c", "d"]);
    assert_eq!(parcel.rest.unwrap().get(), r#"{"any": 1}"#);
}

#[test]
fn a_value_of_another_type_reads_as_absent_and_spares_the_rest() {
    for other in ["null", "\"\"", "\" \"", "[]", "[[1]]", "{}", "{\"a\":{}}", "1.5", "true"] {
        let json = format!(
            r#"{{"name": {other}, "weight": {other}, "sent": {other}, "inner": {other},
                "stops": {other}, "number": "n"}}"#
        );
        let parcel = read(&json);
        assert_eq!(parcel.name, None, "{other}");
        assert_eq!(parcel.weight, None, "{other}");
        assert_eq!(parcel.sent, None, "{other}");
        assert!(parcel.inner.is_none_or(|inner| inner.name.is_none()), "{other}");
        assert!(parcel.stops.is_none_or(|stops| stops.is_empty()), "{other}");
        assert_eq!(parcel.number, Some(Label("n".into())), "{other}");
    }
}

#[test]
fn of_a_member_told_twice_the_last_word_counts() {
    assert_eq!(read(r#"{"name": "a", "name": "b"}"#).name.as_deref(), Some("b"));
    assert_eq!(read(r#"{"name": "a", "name": 5}"#).name, None);
}

#[test]
fn nesting_of_any_depth_is_skipped() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = format!(r#"{{"unknown": {deep}, "name": {deep}, "inner": {deep}, "weight": 3}}"#);
    assert_eq!(read(&json).weight, Some(3));
}

#[test]
fn what_is_no_object_is_no_shape_and_broken_json_is_an_error() {
    assert!(serde_json::from_str::<Told<Parcel<'_>>>("[1]").unwrap().0.is_none());
    assert!(serde_json::from_str::<Told<Parcel<'_>>>("\"x\"").unwrap().0.is_none());
    assert!(serde_json::from_str::<Told<Parcel<'_>>>(r#"{"name": "a""#).is_err());
}

#[test]
fn a_list_without_end_is_cut() {
    let items = vec!["{\"name\": \"x\"}"; ITEMS_MAX + 5].join(",");
    let json = format!(r#"{{"stops": [{items}], "weight": 1}}"#);
    let parcel = read(&json);
    assert_eq!(parcel.stops.unwrap().len(), ITEMS_MAX);
    assert_eq!(parcel.weight, Some(1));
}
