//! Stories of the tables: what goes in comes out.

use chrono::Duration;
use worksample::store::{
    Body, DeliveryCount, DeliveryRow, Effect, Saved, SpecRow, StoreError, Summary,
    WorkSampleFilter, candidate_key,
};
use worksample::work_sample::State;

use super::stage::{Stage, minutes, on_both_databases, spec, start, work_sample};

on_both_databases!(
    the_same_content_is_published_once_and_the_latest_version_answers_for_the_slug,
    a_work_sample_is_found_by_id_candidate_repository_and_filter,
    a_summary_of_an_unknown_work_sample_or_of_a_taken_repository_is_refused,
    a_delivery_is_stored_once_and_counted_by_its_outcome,
    an_answer_is_kept_under_its_idempotency_key_until_it_is_forgotten,
    a_step_that_was_begun_twice_says_so_and_a_finished_one_is_not_begun_again,
    texts_and_bytes_of_every_kind_come_back_unchanged,
);

async fn the_same_content_is_published_once_and_the_latest_version_answers_for_the_slug(
    stage: Stage,
) {
    let store = stage.open().await;
    let later = SpecRow {
        published_at: minutes(10),
        ..spec("2")
    };
    let renamed = SpecRow {
        title: "Another title".to_owned(),
        ..spec("1")
    };
    let same_version = SpecRow {
        digest: spec("other bytes").digest,
        published_at: minutes(5),
        ..spec("1")
    };
    let publish = async |row: &SpecRow| {
        let row = row.clone();
        store.write(move |tx| tx.publish_spec(&row)).await.unwrap()
    };
    assert!(publish(&spec("1")).await);
    assert!(publish(&later).await);
    assert!(!publish(&renamed).await);
    assert!(
        publish(&same_version).await,
        "another content of the same version"
    );

    let slug = spec("1").slug;
    let by_slug = store.read(move |tx| tx.spec_by_slug(&slug)).await;
    assert_eq!(by_slug, Ok(Some(later)));
    let by_digest = store.read(|tx| tx.spec(&spec("1").digest)).await;
    assert_eq!(by_digest, Ok(Some(spec("1"))), "the first stays as it was");
    let unknown = store.read(|tx| tx.spec(&spec("9").digest)).await;
    assert_eq!(unknown, Ok(None));
    let all = store.read(|tx| tx.specs()).await.unwrap();
    let versions: Vec<_> = all.iter().map(|spec| spec.version.as_str()).collect();
    assert_eq!(versions, ["2", "1", "1"]);
}

async fn a_work_sample_is_found_by_id_candidate_repository_and_filter(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let summary = Summary {
        state: State::InProgress,
        last_seq: 6,
        login: Some("dana-diligent".parse().unwrap()),
        repository_id: Some(991),
        repository_full_name: Some("acme/ws-1".to_owned()),
        due_at: Some(minutes(7200)),
        offer_expires_at: Some(minutes(60)),
        invitation_failed: None,
    };
    let (row_id, written) = (id.clone(), summary.clone());
    store
        .write(move |tx| {
            tx.insert_work_sample(&work_sample(2))?;
            tx.insert_work_sample(&work_sample(3))?;
            tx.update_summary(&row_id, &written, minutes(8))
        })
        .await
        .unwrap();

    let row_id = id.clone();
    let row = store.read(move |tx| tx.work_sample_row(&row_id)).await;
    let row = row.unwrap().unwrap();
    let drafted = work_sample(1);
    assert_eq!((row.created_at, row.updated_at), (start(), minutes(8)));
    assert_eq!(
        (&row.candidate, &row.email),
        (&drafted.candidate, &drafted.email)
    );
    let cached = Summary {
        state: row.state,
        last_seq: row.last_seq,
        login: row.login.clone(),
        repository_id: row.repository_id,
        repository_full_name: row.repository_full_name.clone(),
        due_at: row.due_at,
        offer_expires_at: row.offer_expires_at,
        invitation_failed: None,
    };
    assert_eq!(cached, summary);

    let found = store.read(|tx| tx.work_sample_by_repository(991)).await;
    assert_eq!(found, Ok(Some(row.clone())));
    assert_eq!(
        store.read(|tx| tx.work_sample_by_repository(1)).await,
        Ok(None)
    );
    let key = candidate_key("whoever", Some(" DANA1@Example.org"));
    let slug = row.slug.clone();
    let same = store.read(move |tx| tx.same_candidate(&slug, &key)).await;
    assert_eq!(same, Ok(vec![row.clone()]));

    let list = async |filter: WorkSampleFilter| {
        let rows = store
            .read(move |tx| tx.work_samples(&filter))
            .await
            .unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let all = list(WorkSampleFilter::default()).await;
    let mut expected: Vec<_> = (1..4).map(|number| work_sample(number).id).collect();
    expected.sort();
    assert_eq!(all, expected);
    let in_progress = WorkSampleFilter {
        state: Some(State::InProgress),
        ..WorkSampleFilter::default()
    };
    assert_eq!(list(in_progress).await, [id]);
    let another_slug = WorkSampleFilter {
        slug: Some("webhook-relay".parse().unwrap()),
        ..WorkSampleFilter::default()
    };
    assert!(list(another_slug).await.is_empty());
    let second_page = WorkSampleFilter {
        after: Some(all[0].clone()),
        limit: Some(1),
        ..WorkSampleFilter::default()
    };
    assert_eq!(list(second_page).await, all[1..2]);
}

async fn a_summary_of_an_unknown_work_sample_or_of_a_taken_repository_is_refused(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let summary = Summary {
        state: State::Provisioned,
        last_seq: 1,
        login: None,
        repository_id: Some(5),
        repository_full_name: None,
        due_at: None,
        offer_expires_at: None,
        invitation_failed: None,
    };
    let write = async |id: worksample::ids::WorkSampleId| {
        let summary = summary.clone();
        store
            .write(move |tx| tx.update_summary(&id, &summary, start()))
            .await
    };
    let unknown = write(work_sample(9).id).await.unwrap_err();
    assert_eq!(unknown.code(), "not_found");
    write(id).await.unwrap();
    store
        .write(|tx| tx.insert_work_sample(&work_sample(2)))
        .await
        .unwrap();
    let taken = write(work_sample(2).id).await.unwrap_err();
    assert_eq!(taken.code(), "store_refused", "{taken}");
}

fn delivery(guid: &str) -> DeliveryRow {
    DeliveryRow {
        guid: guid.to_owned(),
        event: "issue_comment".to_owned(),
        repository_id: Some(991),
        body: Body::of(&br#"{"action":"created"}"#.repeat(20)),
        received_at: start(),
        outcome: None,
        processed_at: None,
    }
}

async fn a_delivery_is_stored_once_and_counted_by_its_outcome(stage: Stage) {
    let store = stage.open().await;
    let altered = DeliveryRow {
        body: Body::of(b"another body"),
        ..delivery("a")
    };
    let new = store
        .write(move |tx| {
            Ok::<_, StoreError>([
                tx.insert_delivery(&delivery("a"))?,
                tx.insert_delivery(&altered)?,
                tx.insert_delivery(&delivery("b"))?,
                tx.insert_delivery(&delivery("c"))?,
            ])
        })
        .await;
    assert_eq!(new, Ok([true, false, true, true]));
    let finish = async |guid: &'static str| {
        store
            .write(move |tx| tx.finish_delivery(guid, "processed", minutes(1)))
            .await
    };
    finish("a").await.unwrap();
    finish("b").await.unwrap();
    assert_eq!(finish("z").await.unwrap_err().code(), "not_found");
    let row = store.read(|tx| tx.delivery("a")).await.unwrap();
    let expected = DeliveryRow {
        outcome: Some("processed".to_owned()),
        processed_at: Some(minutes(1)),
        ..delivery("a")
    };
    assert_eq!(row, Some(expected));
    let counts = store.read(|tx| tx.delivery_counts()).await.unwrap();
    let count = |outcome: Option<&str>, count| DeliveryCount {
        outcome: outcome.map(str::to_owned),
        count,
    };
    assert_eq!(counts, [count(None, 1), count(Some("processed"), 2)]);
}

async fn an_answer_is_kept_under_its_idempotency_key_until_it_is_forgotten(stage: Stage) {
    let store = stage.open().await;
    let saved = Saved {
        request_sha256: "aa".to_owned(),
        status: 201,
        response: b"{}".to_vec(),
        created_at: start(),
    };
    let other = Saved {
        status: 409,
        ..saved.clone()
    };
    let first = saved.clone();
    let kept = store
        .write(move |tx| {
            Ok::<_, StoreError>([
                tx.save_idempotent("POST /work-samples lead", "k1", &first)?,
                tx.save_idempotent("POST /work-samples lead", "k1", &other)?,
                tx.save_idempotent("POST /work-samples other", "k1", &other)?,
            ])
        })
        .await;
    assert_eq!(kept, Ok([true, false, true]));
    let find = async || {
        store
            .read(|tx| tx.idempotent("POST /work-samples lead", "k1"))
            .await
    };
    assert_eq!(find().await, Ok(Some(saved)));
    let forget = async |before| store.write(move |tx| tx.forget_idempotent(before)).await;
    assert_eq!(forget(start()).await, Ok(0));
    assert_eq!(forget(start() + Duration::microseconds(1)).await, Ok(2));
    assert_eq!(find().await, Ok(None));
}

async fn a_step_that_was_begun_twice_says_so_and_a_finished_one_is_not_begun_again(stage: Stage) {
    let (store, id) = stage.open_with_work_sample().await;
    let begin = async |step: &'static str, at| {
        let id = id.clone();
        store
            .write(move |tx| tx.begin_effect(&id, step, at))
            .await
            .unwrap()
    };
    let first = begin("create_repository", start()).await;
    let expected = Effect {
        step: "create_repository".to_owned(),
        attempts: 1,
        started_at: start(),
        finished_at: None,
        detail: serde_json::Value::Null,
    };
    assert_eq!(first, expected);
    let second = begin("create_repository", minutes(1)).await;
    assert_eq!((second.attempts, second.started_at), (2, minutes(1)));

    let finish = async |step: &'static str| {
        let id = id.clone();
        let detail = serde_json::json!({ "id": 991 });
        store
            .write(move |tx| tx.finish_effect(&id, step, &detail, minutes(2)))
            .await
    };
    finish("create_repository").await.unwrap();
    assert_eq!(finish("invite").await.unwrap_err().code(), "not_found");
    let third = begin("create_repository", minutes(3)).await;
    assert_eq!((third.attempts, third.finished_at), (2, Some(minutes(2))));
    assert_eq!(third.detail["id"], 991);

    begin("invite", minutes(4)).await;
    let row_id = id.clone();
    let all = store.read(move |tx| tx.effects(&row_id)).await.unwrap();
    let steps: Vec<_> = all.iter().map(|effect| effect.step.as_str()).collect();
    assert_eq!(steps, ["create_repository", "invite"]);
}

async fn texts_and_bytes_of_every_kind_come_back_unchanged(stage: Stage) {
    let store = stage.open().await;
    let odd = DeliveryRow {
        event: "O'Brien \"said\" 100 % — ünïcödé 🦀\n\t; DROP TABLE jobs; --".to_owned(),
        body: Body::of(&(0..=255).collect::<Vec<u8>>()),
        repository_id: None,
        ..delivery("odd")
    };
    let empty = DeliveryRow {
        event: String::new(),
        body: Body::of(&[]),
        ..delivery("empty")
    };
    for row in [odd, empty] {
        let (written, guid) = (row.clone(), row.guid.clone());
        store
            .write(move |tx| tx.insert_delivery(&written))
            .await
            .unwrap();
        let read = store.read(move |tx| tx.delivery(&guid)).await;
        assert_eq!(read, Ok(Some(row)));
    }
}

#[test]
fn one_person_is_known_by_e_mail_or_else_by_name() {
    let dana = candidate_key("Dana", Some("Dana@Example.org "));
    assert_eq!(dana, candidate_key("D. Diligent", Some("dana@example.ORG")));
    assert_ne!(dana, candidate_key("Dana", None));
    assert_eq!(
        candidate_key("  dana   DILIGENT", None),
        candidate_key("Dana Diligent", Some(" "))
    );
}
