use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn tree(html: &str) -> Value {
    json!(read(html, |_| None).nodes)
}

/// What a person reads of it.
fn words(nodes: &[Node]) -> String {
    let of = |node: &Node| match node {
        Node::Text { text } => text.clone(),
        Node::Element { children, .. } => words(children),
    };
    nodes.iter().map(of).collect()
}

#[test]
fn known_elements_are_kept_without_their_attributes() {
    let html = r#"<h2 class="x" onclick="evil()">42 <em>passed</em></h2><hr><p>Line<br/>two</p>"#;
    let expected = json!([
        {"tag": "h2", "children": [
            {"text": "42 "}, {"tag": "em", "children": [{"text": "passed"}]},
        ]},
        {"tag": "hr"},
        {"tag": "p", "children": [{"text": "Line"}, {"tag": "br"}, {"text": "two"}]},
    ]);
    assert_eq!(tree(html), expected);
}

#[test]
fn unknown_elements_lend_their_contents_and_dropped_ones_end_with_theirs() {
    for (html, expected) in [
        ("<form><button>Go</button></form>", "Go"),
        ("a<script>alert('<b>1</b>')</script>b", "ab"),
        ("a<style>p { color: red }</style>b", "ab"),
        ("a<svg><svg><a href='javascript:x'>y</a></svg>z</svg>b", "ab"),
        ("a<iframe src='https://example.com'/>b", "ab"),
        ("a<!-- <b>no</b> -->b", "ab"),
        ("a<script>never ends", "a"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ] {
        assert_eq!(words(&read(html, |_| None).nodes), expected, "{html}");
    }
}

#[test]
fn a_link_leads_to_the_web_or_nowhere() {
    for (href, expected) in [
        ("https://example.com/a?b#c", Some("https://example.com/a?b#c")),
        ("HTTP://example.com", Some("HTTP://example.com")),
        (" https://example.com ", Some("https://example.com")),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        ("&#106;avascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.com", None),
        ("/settings", None),
        ("https://", None),
        ("", None),
    ] {
        let nodes = read(&format!("<a href='{href}'>x</a>"), |_| None).nodes;
        let [Node::Element { tag: "a", href: found, .. }] = &nodes[..] else { panic!("{nodes:?}") };
        assert_eq!(found.as_deref(), expected, "{href}");
    }
}

#[test]
fn addresses_of_other_kinds_are_asked_for() {
    let resolve = |address: &str| match address {
        "artifact://report.html" => Some("https://example.com/report".to_owned()),
        "artifact://evil" => Some("javascript:alert(1)".to_owned()),
        _ => None,
    };
    let html = "<a href='artifact://report.html'>Report</a> <a href='artifact://evil'>x</a> \
                <a href='artifact://gone'>y</a>";
    let expected = json!([
        {"tag": "a", "href": "https://example.com/report", "children": [{"text": "Report"}]},
        {"text": " "},
        {"tag": "a", "children": [{"text": "x"}]},
        {"text": " "},
        {"tag": "a", "children": [{"text": "y"}]},
    ]);
    assert_eq!(json!(read(html, resolve).nodes), expected);
    // A picture is not loaded, but named and linked.
    let html = "<img src='artifact://report.html' alt='The chart'><img src='x/indy.png'>";
    let expected = json!([
        {"tag": "a", "href": "https://example.com/report", "children": [{"text": "The chart"}]},
        {"text": "indy.png"},
    ]);
    assert_eq!(json!(read(html, resolve).nodes), expected);
}

#[test]
fn what_is_not_closed_ends_where_the_next_begins() {
    let expected = json!([{"tag": "ul", "children": [
        {"tag": "li", "children": [
            {"text": "a"}, {"tag": "ul", "children": [{"tag": "li", "children": [{"text": "b"}]}]},
        ]},
        {"tag": "li", "children": [{"text": "c"}]},
    ]}]);
    assert_eq!(tree("<ul> <li>a<ul><li>b</ul><li>c</ul>"), expected);
    let expected = json!([{"tag": "table", "children": [{"tag": "tr", "children": [
        {"tag": "td", "children": [{"text": "1"}]}, {"tag": "td", "children": [{"text": "2"}]},
    ]}]}]);
    assert_eq!(tree("<table>\n<tr><td>1<td>2"), expected);
    let expected = json!([
        {"tag": "p", "children": [{"text": "a"}]}, {"tag": "p", "children": [{"text": "b"}]},
    ]);
    assert_eq!(tree("<p>a<p>b</p></div></p>"), expected);
}

#[test]
fn depth_size_and_number_have_an_end() {
    let deep = read(&format!("{}x", "<div>".repeat(5_000)), |_| None);
    assert_eq!(depth(&deep.nodes), DEPTH_MAX + 1);
    assert_eq!(words(&deep.nodes), "x");

    let long = read(&format!("<pre>{}</pre>", "ä".repeat(TEXT_MAX)), |_| None);
    assert!(long.is_cut);
    assert_eq!(words(&long.nodes).len(), TEXT_MAX);

    let many = read(&"<b>x</b>".repeat(NODES_MAX), |_| None);
    assert!(many.is_cut);
    assert!(count(&many.nodes) <= NODES_MAX + DEPTH_MAX);

    let short = read("<p>short</p>", |_| None);
    assert!(!short.is_cut);
}

fn depth(nodes: &[Node]) -> usize {
    let of = |node: &Node| match node {
        Node::Text { .. } => 1,
        Node::Element { children, .. } => 1 + depth(children),
    };
    nodes.iter().map(of).max().unwrap_or(0)
}

fn count(nodes: &[Node]) -> usize {
    let of = |node: &Node| match node {
        Node::Text { .. } => 1,
        Node::Element { children, .. } => 1 + count(children),
    };
    nodes.iter().map(of).sum()
}

/// Every node is of the kind that the pages expect.
fn holds(nodes: &[Node]) {
    for node in nodes {
        if let Node::Element { tag, href, children } = node {
            assert!(ELEMENTS.contains(tag), "{tag}");
            assert!(href.as_ref().is_none_or(|href| *tag == "a" && is_web(href)), "{href:?}");
            assert!(children.is_empty() || !EMPTY.contains(tag), "{tag}");
            holds(children);
        }
    }
}

/// Pieces of which HTML is made, and is broken.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "<",
        ">",
        "</",
        "/>",
        "<p>",
        "</p>",
        "<a href='javascript:x'>",
        "<a href=https://x.y/>",
        "</a>",
        "<img src=artifact://a.png alt='",
        "'",
        "\"",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<script>",
        "</script>",
        "<svg>",
        "</svg>",
        "<!--",
        "-->",
        "<!doctype html>",
        "<ul><li>",
        "</li>",
        "<pre>",
        "</pre>",
        "&lt;",
        "&#0;",
        "&#x6a;",
        "&amp",
        "<br>",
        "<details><summary>",
        "<plaintext>",
        "<![CDATA[",
        "]]>",
        "\0",
        "\r\n",
        " ",
        "text",
        "ä",
        "\u{1f600}",
    ];
    let piece = prop_oneof![
        8 => proptest::sample::select(pieces.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn soup_and_noise_never_panic_and_make_plain_nodes(soup in soup(), noise: String) {
        for html in [soup, noise] {
            let page = read(&html, |address| Some(address.to_owned()));
            holds(&page.nodes);
            prop_assert!(depth(&page.nodes) <= DEPTH_MAX + 1);
        }
    }

    #[test]
    fn text_that_is_escaped_comes_through_as_it_was(text in "[^\0\r&]{1,200}") {
        let escaped = text.replace('<', "&lt;");
        let page = read(&format!("<pre>{escaped}</pre>"), |_| None);
        prop_assert_eq!(words(&page.nodes), text);
    }
}
