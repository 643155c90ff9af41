//! The one schema of both databases. `migrations/sqlite` and `migrations/postgres` create it; a test compares all three.

diesel::table! {
    specs (digest) {
        digest -> Text,
        slug -> Text,
        version -> Text,
        title -> Text,
        bundle -> Binary,
        published_at -> Timestamp,
    }
}

diesel::table! {
    work_samples (id) {
        id -> Text,
        spec_digest -> Text,
        slug -> Text,
        candidate -> Text,
        email -> Nullable<Text>,
        candidate_key -> Text,
        github_login -> Nullable<Text>,
        repository_id -> Nullable<BigInt>,
        repository_full_name -> Nullable<Text>,
        state -> Text,
        last_seq -> BigInt,
        due_at -> Nullable<Timestamp>,
        offer_expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        invitation_failed -> Nullable<Text>,
        log_format -> Integer,
    }
}

diesel::table! {
    events (work_sample_id, seq) {
        work_sample_id -> Text,
        seq -> BigInt,
        natural_key -> Text,
        kind -> Text,
        actor -> Text,
        body -> Text,
        occurred_at -> Timestamp,
        received_at -> Timestamp,
        source -> Text,
    }
}

diesel::table! {
    deliveries (guid) {
        guid -> Text,
        event -> Text,
        repository_id -> Nullable<BigInt>,
        body -> Binary,
        received_at -> Timestamp,
        outcome -> Nullable<Text>,
        processed_at -> Nullable<Timestamp>,
        packed -> Bool,
    }
}

diesel::table! {
    jobs (id) {
        id -> Text,
        kind -> Text,
        subject -> Text,
        payload -> Text,
        dedupe_key -> Nullable<Text>,
        state -> Text,
        priority -> Integer,
        attempts -> Integer,
        max_attempts -> Integer,
        run_at -> Timestamp,
        leased_until -> Nullable<Timestamp>,
        leased_by -> Nullable<Text>,
        last_error -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    idempotency_keys (scope, key) {
        scope -> Text,
        key -> Text,
        request_sha256 -> Text,
        status -> Integer,
        response -> Binary,
        created_at -> Timestamp,
    }
}

diesel::table! {
    effects (work_sample_id, step) {
        work_sample_id -> Text,
        step -> Text,
        attempts -> Integer,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
        detail -> Text,
    }
}

diesel::table! {
    etags (work_sample_id, route) {
        work_sample_id -> Text,
        route -> Text,
        etag -> Text,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    looks (name) {
        name -> Text,
        looked_at -> Timestamp,
    }
}

diesel::table! {
    batches (id) {
        id -> Text,
        spec_digest -> Text,
        organization -> Nullable<Text>,
        launched_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    batch_lines (batch_id, line) {
        batch_id -> Text,
        line -> Integer,
        name -> Text,
        email -> Text,
        github_login -> Nullable<Text>,
        again -> Integer,
        note -> Nullable<Text>,
        state -> Text,
        work_sample_id -> Nullable<Text>,
        code -> Nullable<Text>,
        reason -> Nullable<Text>,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    batch_events (batch_id, seq) {
        batch_id -> Text,
        seq -> Integer,
        kind -> Text,
        person -> Text,
        occurred_at -> Timestamp,
    }
}

diesel::allow_tables_to_appear_in_same_query!(batch_lines, work_samples);

diesel::table! {
    budgets (name) {
        name -> Text,
        state -> Text,
        updated_at -> Timestamp,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        name -> Text,
        email -> Nullable<Text>,
        github_id -> Nullable<BigInt>,
        github_login -> Nullable<Text>,
        roles -> Text,
        disabled_at -> Nullable<Timestamp>,
        created_by -> Text,
        created_at -> Timestamp,
        zone -> Text,
        seen_at -> Nullable<Timestamp>,
        roles_from_teams -> Text,
        teams_checked_at -> Nullable<Timestamp>,
        answer_hours -> Nullable<Text>,
        days_off -> Text,
    }
}

diesel::table! {
    messages (id) {
        id -> Text,
        work_sample_id -> Nullable<Text>,
        kind -> Text,
        message_key -> Text,
        recipient -> Text,
        address -> Nullable<Text>,
        subject -> Text,
        letter -> Text,
        state -> Text,
        attempts -> Integer,
        unknown_outcomes -> Integer,
        resent -> Integer,
        last_error -> Nullable<Text>,
        message_id -> Text,
        unsubscribe_hash -> Nullable<Text>,
        eml -> Binary,
        retry_at -> Nullable<Timestamp>,
        started_at -> Nullable<Timestamp>,
        filed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        sent_at -> Nullable<Timestamp>,
        handed_over_at -> Nullable<Timestamp>,
        failed_at -> Nullable<Timestamp>,
        rendered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    messages_off (recipient, kind) {
        recipient -> Text,
        kind -> Text,
        off_at -> Timestamp,
    }
}

diesel::table! {
    owners (work_sample_id) {
        work_sample_id -> Text,
        person_id -> Text,
        backup_id -> Nullable<Text>,
        set_by -> Text,
        set_at -> Timestamp,
    }
}

diesel::table! {
    links (token_hash) {
        token_hash -> Text,
        purpose -> Text,
        person_id -> Nullable<Text>,
        work_sample_id -> Nullable<Text>,
        created_by -> Text,
        created_at -> Timestamp,
        expires_at -> Nullable<Timestamp>,
        used_at -> Nullable<Timestamp>,
        revoked_at -> Nullable<Timestamp>,
        first_opened_at -> Nullable<Timestamp>,
        handed_over_by -> Nullable<Text>,
    }
}

diesel::table! {
    sessions (token_hash) {
        token_hash -> Text,
        person_id -> Nullable<Text>,
        work_sample_id -> Nullable<Text>,
        link_hash -> Nullable<Text>,
        created_at -> Timestamp,
        last_seen_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Text,
        token_hash -> Text,
        person_id -> Text,
        role -> Text,
        label -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        last_used_at -> Nullable<Timestamp>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(sessions, people, links, work_samples);
diesel::allow_tables_to_appear_in_same_query!(api_tokens, people);

diesel::table! {
    accepted_terms (work_sample_id) {
        work_sample_id -> Text,
        text -> Text,
        sha256 -> Text,
        accepted_at -> Timestamp,
    }
}

diesel::table! {
    candidate_details (work_sample_id) {
        work_sample_id -> Text,
        zone -> Nullable<Text>,
        hours_tenths -> Nullable<Integer>,
        hours_said_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    spec_hours (slug, ordinal) {
        slug -> Text,
        ordinal -> Integer,
        account -> Nullable<BigInt>,
        github_login -> Nullable<Text>,
        candidate_key -> Text,
        hours_tenths -> Integer,
    }
}

diesel::table! {
    unsubscribe_links (token_hash) {
        token_hash -> Text,
        recipient -> Text,
        kind -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    overviews (work_sample_id) {
        work_sample_id -> Text,
        format -> Integer,
        waiting_on -> Text,
        waiting_since -> Timestamp,
        news_at -> Timestamp,
        search -> Text,
        body -> Text,
    }
}

diesel::table! {
    team_tasks (work_sample_id, kind, about) {
        work_sample_id -> Text,
        kind -> Text,
        about -> Text,
        since -> Timestamp,
        body -> Text,
    }
}

diesel::table! {
    delivered_diffs (work_sample_id, sha) {
        work_sample_id -> Text,
        sha -> Text,
        packed -> Bool,
        body -> Binary,
        whole -> Bool,
    }
}

diesel::allow_tables_to_appear_in_same_query!(overviews, team_tasks, work_samples, owners);
