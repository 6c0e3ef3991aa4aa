use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;

use super::*;
use crate::simulator::delivery::{Key, Mischief};
use crate::simulator::suites::reporters::Reporting;
use crate::simulator::world::{Pace, World};

/// Monday, 16 March 2026, nine o'clock.
const MORNING: Timestamp = Timestamp(1_773_651_600_000);

#[test]
fn an_address_is_taken_apart_or_refused_with_its_reason() {
    let target = Target::parse("http://127.0.0.1:3000/ci/").unwrap();
    assert_eq!((target.address.as_str(), target.path.as_str()), ("127.0.0.1:3000", "/ci"));
    assert_eq!(Target::parse("http://creel").unwrap().address, "creel:80");
    assert!(matches!(Target::parse("https://creel"), Err(TargetError::NotHttp(_))));
    assert!(matches!(Target::parse("creel:3000"), Err(TargetError::NotHttp(_))));
    assert!(matches!(Target::parse("http://a b"), Err(TargetError::NoAddress(_))));
}

fn senders() -> Shared {
    let keys = [Key::Password("k".to_owned()), Key::Token("k".to_owned())];
    Arc::new(Mutex::new(Senders::new(keys, Mischief::none())))
}

/// A receiver whose `nth` answer, from 0, is this.
async fn receiver(answer: fn(usize) -> StatusCode) -> (Target, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let answer = move || {
        let nth = counted.fetch_add(1, Ordering::Relaxed);
        async move { answer(nth) }
    };
    let router = Router::new()
        .route("/webhooks/azure", post(answer.clone()))
        .route("/webhooks/buildkite", post(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (target, count)
}

async fn run_an_hour(target: Target) -> (Shared, usize) {
    let end = Timestamp(MORNING.0 + 3_600_000);
    let world = World::new(1, MORNING, Pace::NORMAL).ending(end);
    let senders = senders();
    let mut told = 0;
    let time = Time::Jumping(MORNING);
    let poster = Poster::new(target);
    run(
        world,
        Arc::clone(&senders),
        poster,
        time,
        std::future::pending(),
        |_| {},
        |_, _, _| told += 1,
    )
    .await;
    (senders, told)
}

#[tokio::test]
async fn a_world_is_told_to_its_end_over_kept_connections() {
    let (target, received) = receiver(|_| StatusCode::OK).await;
    let (senders, told) = run_an_hour(target).await;
    let totals = senders.lock().unwrap().totals();
    assert!(told > 40, "{told} requests");
    assert_eq!(received.load(Ordering::Relaxed), told);
    assert_eq!(totals.counts.delivered, u64::try_from(told).unwrap());
}

#[tokio::test]
async fn jobs_report_their_tests_with_the_key_in_a_header() {
    let reported = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&reported);
    let report = move |headers: HeaderMap| async move {
        assert_eq!(headers["x-api-key"], "a key");
        assert!(headers["content-type"].to_str().unwrap().starts_with("multipart/form-data"));
        counted.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    };
    let router = Router::new()
        .route("/webhooks/{provider}", post(|| async { StatusCode::OK }))
        .route("/api/v1/reports", post(report));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = Target::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let world = World::new(1, MORNING, Pace::NORMAL).ending(Timestamp(MORNING.0 + 3_600_000));
    let key = |key: fn(String) -> Key| key("a key".to_owned());
    let senders = Senders::new([key(Key::Password), key(Key::Signature)], Mischief::none());
    let senders = Arc::new(Mutex::new(senders));
    run(
        Reporting::of(world),
        Arc::clone(&senders),
        Poster::new(target),
        Time::Jumping(MORNING),
        std::future::pending(),
        |_| {},
        |_, _, _| {},
    )
    .await;
    assert!(reported.load(Ordering::Relaxed) > 3);
    let shown = senders.lock().unwrap().subscriptions();
    let reporters: Vec<_> =
        shown.into_iter().filter(|one| one.provider == Provider::Reporter).collect();
    assert_eq!(reporters.len(), 1);
    assert_eq!(reporters[0].counts.delivered, reported.load(Ordering::Relaxed) as u64);
}

#[tokio::test]
async fn a_receiver_that_is_busy_now_and_then_misses_nothing_of_azure_devops() {
    let busy = |nth: usize| match nth % 5 {
        0 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::OK,
    };
    let (target, _) = receiver(busy).await;
    let (senders, _) = run_an_hour(target).await;
    let senders = senders.lock().unwrap();
    assert!(senders.totals().counts.retried > 0);
    assert_eq!(senders.lost(), []);
}

#[tokio::test]
async fn nobody_who_listens_is_a_passing_trouble() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let poster = Poster::new(Target::parse(&base).unwrap());
    let hook = crate::simulator::build_complete(1);
    assert_eq!(poster.post(&hook, Fate::Answered).await.answer, Answer::NoConnection);
}

#[tokio::test]
async fn a_cut_connection_has_sent_its_request_and_seen_no_answer() {
    let (target, received) = receiver(|_| StatusCode::OK).await;
    let poster = Poster::new(target);
    let hook = crate::simulator::build_complete(1);
    assert_eq!(poster.post(&hook, Fate::Cut).await.answer, Answer::NoConnection);
    assert_eq!(received.load(Ordering::Relaxed), 1);
}
