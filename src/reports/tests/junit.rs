//! JUnit and all that calls itself so.

use super::*;

#[test]
fn a_report_is_read_test_by_test() {
    let found = cases(
        r#"<?xml version="1.0"?>
        <testsuites name="everything" tests="99" failures="99">
          <testsuite name="Harbour" file="harbour.test.js">
            <properties><property name="a" value="b"/></properties>
            <testcase name="opens" classname="Gate" time="0.25" timestamp="2026-03-01T10:00:00+01:00"/>
            <testcase name="counts &lt;boxes&gt;" classname="Gate" line="12" file="gate.js">
              <failure message="expected 3&#10;was 4" type="Mismatch">at gate.js:12
    at run.js:1</failure>
              <system-out>not of interest</system-out>
            </testcase>
            <testcase name="sinks" class="Ship"><error><![CDATA[
   IOError: <deep>
     at sea]]></error></testcase>
            <testcase name="waits"><skipped message="no tide"/></testcase>
          </testsuite>
        </testsuites>"#,
    );
    let statuses: Vec<_> = found.iter().map(|case| case.status).collect();
    use TestStatus::{Errored, Failed, Passed, Skipped};
    assert_eq!(statuses, [Passed, Failed, Errored, Skipped]);
    let opens = &found[0];
    assert_eq!(opens.suite.as_deref(), Some("Harbour"));
    assert_eq!((opens.class.as_deref(), opens.name.as_str()), (Some("Gate"), "opens"));
    assert_eq!((opens.duration_ms, opens.file.as_deref()), (Some(250.0), Some("harbour.test.js")));
    assert_eq!(opens.started_at.unwrap().to_string(), "2026-03-01T09:00:00.000Z");
    let counts = &found[1];
    assert_eq!(counts.name, "counts <boxes>");
    assert_eq!((counts.line, counts.file.as_deref()), (Some(12), Some("gate.js")));
    assert_eq!(counts.message.as_deref(), Some("expected 3\nwas 4"));
    assert_eq!(counts.stack.as_deref(), Some("at gate.js:12\n    at run.js:1"));
    let sinks = &found[2];
    assert_eq!(sinks.class.as_deref(), Some("Ship"));
    assert_eq!(sinks.message.as_deref(), Some("IOError: <deep>"));
    assert_eq!(sinks.stack.as_deref(), Some("   IOError: <deep>\n     at sea"));
    assert_eq!((found[3].message.as_deref(), &found[3].stack), (Some("no tide"), &None));
}
