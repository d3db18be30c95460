//! What is hidden from someone and what is not there take the same path: the same statements in the same
//! order, so that not even the time that an answer takes tells them apart.

use std::sync::Arc;

use bytes::Bytes;
use erp_conformance::{Harness, TestStore};
use erp_core::{
    Ctx, Error,
    access::BuiltInRole,
    change::Version,
    chat::{NewMessage, NewRoom, RoomKind},
    ids::{
        AttachmentId, CommentId, MessageId, MilestoneId, PhaseId, ProjectId, RoomId, TaskId,
        TimeEntryId,
    },
    port::IdGenerator as _,
    projects::{
        Milestone, NewComment, NewFile, NewPhase, NewProject, NewTask, PhaseDefinition,
        PhaseDetails, ProjectDetails, TimeSpent, rules::OnOverlap,
    },
    record::Name,
};
use futures::stream;
use parking_lot::Mutex;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::support::Database;

/// Notes the statements that sqlx tells of.
#[derive(Clone, Default)]
struct Statements(Arc<Mutex<Vec<String>>>);

impl Statements {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Text(String);
        impl Visit for Text {
            fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
                if ["summary", "db.statement"].contains(&field.name()) {
                    self.0 += &format!("{value:?}");
                }
            }
        }
        let mut text = Text(String::new());
        event.record(&mut text);
        // The store reads its log all the time.
        if !text.0.contains("event_log") {
            self.0.lock().push(text.0);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What is ada's, or nobody's.
#[derive(Clone, Copy, Debug)]
struct Things {
    project: ProjectId,
    task: TaskId,
    attachment: AttachmentId,
    comment: CommentId,
    milestone: MilestoneId,
    phase: PhaseId,
    time: TimeEntryId,
    room: RoomId,
    message: MessageId,
}

async fn things(h: &Harness, ada: &Ctx) -> Things {
    let (projects, chat) = (h.engine.projects(), h.engine.chat());
    let (code, details) = ("P".to_owned(), ProjectDetails::named("P"));
    let new = NewProject { code, details, members: Vec::new() };
    let project = projects.create(ada, new).await.unwrap().id;
    let task = projects.create_task(ada, project, NewTask::titled("1")).await.unwrap().id;
    let file = NewFile { name: "a".to_owned(), content_type: "text/plain".to_owned() };
    let bytes = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(b"x"))]);
    let file = projects.upload(ada, project, file, bytes).await.unwrap();
    projects.link_attachment(ada, file.id, file.version, task).await.unwrap();
    let said = NewComment { body: "here".to_owned(), answers: None };
    let comment = projects.comment(ada, task, said).await.unwrap().id;
    let name = Name::new("M").unwrap();
    let milestone = Milestone { project, name, description: None, due_on: None };
    let milestone = h.engine.records().create(ada, milestone).await.unwrap().id;
    let build = PhaseDefinition { name: Name::new("Build").unwrap() };
    let definition = h.engine.records().create(&Ctx::system(), build).await.unwrap().id;
    let day = h.now().date_naive();
    let details = PhaseDetails { starts_on: day, ends_on: day, budget: None };
    let new = NewPhase { definition, details, on_overlap: OnOverlap::Refuse };
    let phase = projects.create_phase(ada, project, new).await.unwrap().id;
    let hour = |hours| h.now() - chrono::TimeDelta::hours(hours);
    let spent = TimeSpent { started_at: hour(2), ended_at: Some(hour(1)), note: None };
    let time = projects.log_time(ada, task, spent).await.unwrap().id;
    let room = NewRoom {
        kind: RoomKind::Group,
        name: "room".to_owned(),
        topic: None,
        project: None,
        history: None,
        members: Vec::new(),
    };
    let room = chat.create_room(ada, room).await.unwrap().id;
    let message = chat.post(ada, room, NewMessage::text("here")).await.unwrap().id;
    Things { project, task, attachment: file.id, comment, milestone, phase, time, room, message }
}

fn nothing(h: &Harness) -> Things {
    let none = h.ids.uuid();
    Things {
        project: ProjectId::from_uuid(none),
        task: TaskId::from_uuid(none),
        attachment: AttachmentId::from_uuid(none),
        comment: CommentId::from_uuid(none),
        milestone: MilestoneId::from_uuid(none),
        phase: PhaseId::from_uuid(none),
        time: TimeEntryId::from_uuid(none),
        room: RoomId::from_uuid(none),
        message: MessageId::from_uuid(none),
    }
}

/// What was answered to someone who sees none of it, with the statements that it took.
async fn asked(
    h: &Harness,
    eve: &Ctx,
    of: Things,
    seen: &Statements,
) -> Vec<(&'static str, Result<(), Error>, Vec<String>)> {
    let (projects, chat) = (h.engine.projects(), h.engine.chat());
    let (version, mut told) = (Version(1), Vec::new());
    macro_rules! ask {
        ($($what:literal $call:expr;)*) => {$(
            seen.take();
            let answer = $call.await.map(drop);
            told.push(($what, answer, seen.take()));
        )*};
    }
    ask! {
        "project" projects.project(eve, of.project);
        "task" projects.task(eve, of.task);
        "task status" projects.delete_task(eve, of.task, version);
        "attachment" projects.attachment(eve, of.attachment);
        "attachment content" projects.attachment_content(eve, of.attachment);
        "comments" projects.comments(eve, of.task, &erp_core::page::PageRequest::default());
        "comment" projects.delete_comment(eve, of.comment, version);
        "milestone" projects.milestone(eve, of.milestone);
        "phase" projects.phase(eve, of.phase);
        "time" projects.delete_time(eve, of.time, version);
        "room" chat.room(eve, of.room);
        "post" chat.post(eve, of.room, NewMessage::text("x"));
        "message" chat.delete(eve, of.message, version);
        "history" chat.edit_history(eve, of.message);
    }
    told
}

#[tokio::test]
async fn x_23_what_is_hidden_and_what_is_missing_take_the_same_statements() {
    let database = Database::migrated().await;
    let store = database.store().await;
    let h = Harness::new(TestStore::new(store).keeping(database));
    let person = async |name| Ctx::user(h.user_with_role(name, BuiltInRole::MEMBER).await.id);
    let (ada, eve) = (person("ada").await, person("eve").await);
    let (hidden, missing) = (things(&h, &ada).await, nothing(&h));
    let seen = Statements::default();
    let _guard = tracing::subscriber::set_default(seen.clone());
    // Rights are remembered from the first time on.
    asked(&h, &eve, missing, &seen).await;
    asked(&h, &eve, hidden, &seen).await;
    let (missing, hidden) =
        (asked(&h, &eve, missing, &seen).await, asked(&h, &eve, hidden, &seen).await);
    for (missing, hidden) in missing.into_iter().zip(hidden) {
        assert!(matches!(hidden.1, Err(Error::NotFound { .. })), "{hidden:?}");
        assert!(!hidden.2.is_empty(), "the statements are seen: {}", hidden.0);
        assert_eq!(missing, hidden);
    }
}
