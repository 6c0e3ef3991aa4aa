//! Words of query parameters. The provider takes them by name or by number, as flags that add up: the
//! Node library sends numbers.

/// Names in lower case with their numbers.
pub type Words = &'static [(&'static str, u64)];

pub const STATUSES: Words =
    &[("inprogress", 1), ("completed", 2), ("cancelling", 4), ("postponed", 8), ("notstarted", 32)];
pub const RESULTS: Words =
    &[("succeeded", 2), ("partiallysucceeded", 4), ("failed", 8), ("canceled", 32)];
pub const REASONS: Words = &[
    ("manual", 1),
    ("individualci", 2),
    ("batchedci", 4),
    ("schedule", 8),
    ("scheduleforced", 512),
    ("pullrequest", 256),
];
pub const DETAILS: Words = &[("iterations", 1), ("workitems", 2), ("subresults", 4), ("point", 8)];
pub const APPROVALS: Words = &[("pending", 1), ("approved", 2), ("rejected", 4)];

/// These are numbers of a list, not flags.
pub const ORDERS: Words = &[
    ("finishtimeascending", 2),
    ("finishtimedescending", 3),
    ("queuetimedescending", 4),
    ("queuetimeascending", 5),
    ("starttimedescending", 6),
    ("starttimeascending", 7),
];
pub const OUTCOMES: Words = &[("passed", 2), ("failed", 3), ("notexecuted", 7)];

/// The words that are meant; none when nothing, or everything, is.
pub fn flags(value: Option<&str>, words: Words) -> Vec<String> {
    let Some(value) = value else { return Vec::new() };
    let all = words.iter().fold(0, |all, (_, bit)| all | bit);
    let mut meant = Vec::new();
    for word in value.split(',').map(|word| word.trim().to_lowercase()) {
        match word.parse::<u64>() {
            Ok(bits) if bits & all == all => return Vec::new(),
            Ok(bits) => {
                let named = words.iter().filter(|(_, bit)| bits & bit != 0);
                meant.extend(named.map(|(name, _)| (*name).to_owned()));
            }
            Err(_) if word == "all" => return Vec::new(),
            Err(_) => meant.push(word),
        }
    }
    meant
}

/// The words of a list, by name or by number.
pub fn named(value: Option<&str>, words: Words) -> Vec<String> {
    let value = value.unwrap_or_default();
    let list = value.split(',').map(|word| word.trim().to_lowercase());
    list.filter(|word| !word.is_empty())
        .map(|word| {
            let number = word.parse::<u64>().ok();
            let found = words.iter().find(|(_, known)| Some(*known) == number);
            found.map_or(word, |(name, _)| (*name).to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_taken_by_name_and_by_number() {
        assert_eq!(flags(Some("Failed,canceled"), RESULTS), ["failed", "canceled"]);
        assert_eq!(flags(Some("40"), RESULTS), ["failed", "canceled"]);
        assert_eq!(flags(Some("47"), STATUSES), Vec::<String>::new());
        assert_eq!(flags(Some("all"), STATUSES), Vec::<String>::new());
        assert_eq!(named(Some("3,Passed"), OUTCOMES), ["failed", "passed"]);
        assert_eq!(named(None, ORDERS), Vec::<String>::new());
    }
}
