//! Files on tasks.

use std::convert::Infallible;

use bytes::Bytes;
use chrono::TimeDelta;
use erp_core::{
    Conflict, Ctx, Engine, EngineOptions, Error,
    change::{EventBody, Version},
    ids::{AttachmentId, ProjectId},
    object_store::{ObjectStore, memory::InMemory},
    page::PageRequest,
    projects::{
        Attachment, AttachmentState, NewFile, PendingFiles, ProjectChange, ProjectEvent,
        ProjectOptions, SweepPolicy,
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::{id, person, project, task};
use crate::Harness;

const MISSING: Error = Error::NotFound { entity: "attachment" };

async fn upload(
    engine: &Engine,
    ctx: &Ctx,
    project: ProjectId,
    name: &str,
    content: &'static str,
) -> Result<Attachment, Error> {
    let file = NewFile { name: name.to_owned(), content_type: "text/plain".to_owned() };
    let content = stream::iter([Ok::<_, Infallible>(Bytes::from_static(content.as_bytes()))]);
    engine.projects().upload(ctx, project, file, content).await
}

async fn text(engine: &Engine, ctx: &Ctx, id: AttachmentId) -> Result<Vec<u8>, Error> {
    let (_, content) = engine.projects().attachment_content(ctx, id).await?;
    let chunks: Vec<Bytes> = content.try_collect().await?;
    Ok(chunks.concat())
}

async fn kept(files: &InMemory) -> usize {
    files.list(None).count().await
}

/// A file is its uploader's until it is put onto a task; then all members have it, until it is deleted,
/// and again when it is restored.
pub async fn a_file_is_uploaded_linked_deleted_and_restored(h: Harness) {
    let engine = &h.engine;
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let p = project(&h, "P", &ada, &[&bob]).await;
    let (q, on) = (project(&h, "Q", &ada, &[]).await, task(&h, &ada, &p, "1").await.id);
    let projects = engine.projects();
    let new = upload(engine, &bob, p.id, " plan.txt ", "the plan").await.unwrap();
    assert_eq!((new.name.as_str(), new.state), ("plan.txt", AttachmentState::Pending));
    assert_eq!(new.stored.as_ref().map(|stored| stored.size_bytes), Some(8));
    assert_eq!(text(engine, &bob, new.id).await.unwrap(), b"the plan");
    assert_eq!(projects.attachment(&ada, new.id).await, Err(MISSING), "it is bob's yet");
    let stolen = projects.link_attachment(&ada, new.id, new.version, on).await;
    assert!(stolen.is_err(), "{stolen:?}");
    let foreign = task(&h, &ada, &q, "1").await.id;
    let elsewhere = projects.link_attachment(&bob, new.id, new.version, foreign).await;
    assert_eq!(elsewhere, Err(Error::invalid("task", "no such task in the project")));

    let before = h.settled().await;
    let linked = projects.link_attachment(&bob, new.id, new.version, on).await.unwrap();
    assert_eq!((linked.task, linked.state), (Some(on), AttachmentState::Linked));
    assert_eq!(h.kinds_after(before).await, ["projects.attachment_put"]);
    let list = async || {
        let page = PageRequest::default();
        projects.attachments(&ada, on, &page).await.unwrap().items
    };
    assert_eq!(list().await, std::slice::from_ref(&linked));
    assert_eq!(text(engine, &ada, new.id).await.unwrap(), b"the plan");
    let twice = projects.link_attachment(&bob, new.id, linked.version, on).await;
    assert!(matches!(twice, Err(Error::Precondition(_))), "{twice:?}");

    let deleted = projects.delete_attachment(&ada, new.id, linked.version).await.unwrap();
    assert!(list().await.is_empty());
    let gone = text(engine, &ada, new.id).await;
    assert!(matches!(gone, Err(Error::Precondition(_))), "{gone:?}");
    assert_eq!(projects.delete_attachment(&ada, new.id, Version(1)).await, Ok(deleted.clone()));
    let elsewhere = projects.link_attachment(&bob, new.id, deleted.version, on).await;
    assert!(matches!(elsewhere, Err(Error::Precondition(_))), "it is restored: {elsewhere:?}");
    let back = projects.restore_attachment(&bob, new.id, deleted.version).await.unwrap();
    assert_eq!(list().await, [back]);
}

/// What is too large, has no fit name or breaks off is refused by field, and nobody can link what did
/// not come in whole.
pub async fn bad_files_are_refused_and_come_to_nothing(h: Harness) {
    let (files, engine) = (&h.files, &h.engine);
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let refused = upload(engine, &ada, p.id, "../etc/passwd", "x").await;
    assert!(matches!(refused, Err(Error::Validation(_))), "{refused:?}");
    let max = engine.options().projects.max_file_bytes;
    let file = || NewFile { name: "f".to_owned(), content_type: "text/plain".to_owned() };
    let chunk = Bytes::from(vec![0; 1 << 20]);
    let large = stream::iter((0..=max >> 20).map(|_| Ok::<_, Infallible>(chunk.clone())));
    let refused = engine.projects().upload(&ada, p.id, file(), large).await;
    assert_eq!(refused, Err(Error::invalid("content", format!("at most {max} bytes"))));
    let before = h.settled().await;
    let broken = stream::iter([Ok(Bytes::from_static(b"half")), Err("the line broke")]);
    let refused = engine.projects().upload(&ada, p.id, file(), broken).await;
    assert_eq!(refused, Err(Error::invalid("content", "the line broke")));
    assert_eq!(kept(files).await, 0);
    let events = h.events_after(before).await;
    let half = events.iter().find_map(|event| match &event.body {
        EventBody::Projects(ProjectEvent::AttachmentPut(half)) => Some(half.clone()),
        _ => None,
    });
    let half = half.expect("its uploader learns of it");
    let linked = engine.projects().link_attachment(&ada, half.id, half.version, on).await;
    assert_eq!(linked, Err(MISSING), "nothing is left of it");
    let held = h.store.projects().pending_files(id(&ada)).await.expect("a read");
    assert_eq!(held, PendingFiles::default(), "nor does it count");
    let without = Engine::builder(h.store.clone()).build().expect("an engine");
    let refused = upload(&without, &ada, p.id, "f", "x").await;
    assert!(matches!(refused, Err(Error::Precondition(_))), "no object store: {refused:?}");
}

/// RTS-13: a user has so many files, and so many bytes of them, on no task: one more comes to nothing,
/// also of those who upload at once.
pub async fn rts_13_a_user_has_only_so_much_on_no_task(h: Harness) {
    let projects =
        ProjectOptions { max_pending_files: 3, max_pending_bytes: 10, ..Default::default() };
    let h = h.with_options(EngineOptions { projects, ..EngineOptions::default() });
    let engine = &h.engine;
    let (ada, bob) = (person(&h, "ada").await, person(&h, "bob").await);
    let eve = person(&h, "eve").await;
    let p = project(&h, "P", &ada, &[&bob, &eve]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let full = Err(Conflict::PendingFilesFull { max_files: 3, max_bytes: 10 }.into());
    let held = async |ctx: &Ctx| {
        let held = h.store.projects().pending_files(id(ctx)).await.expect("a read");
        (held.files, held.bytes)
    };
    let mut made = Vec::new();
    for name in ["1", "2", "3"] {
        made.push(upload(engine, &ada, p.id, name, "1").await.unwrap());
    }
    assert_eq!(upload(engine, &ada, p.id, "4", "1").await, full, "too many");
    assert_eq!((kept(&h.files).await, held(&ada).await), (3, (3, 3)));
    upload(engine, &bob, p.id, "b", "1").await.expect("others have their own");
    engine.projects().link_attachment(&ada, made[0].id, made[0].version, on).await.unwrap();
    assert_eq!(upload(engine, &ada, p.id, "4", "123456789").await, full, "too large");
    assert_eq!((kept(&h.files).await, held(&ada).await), (4, (2, 2)), "of it nothing is left");
    let last = upload(engine, &ada, p.id, "4", "12345678").await.expect("as many as may be");
    assert_eq!((kept(&h.files).await, held(&ada).await), (5, (3, 10)));
    let old = engine.projects().delete_attachment(&ada, last.id, Version(1)).await;
    assert!(matches!(old, Err(Error::Conflict(Conflict::Version { .. }))), "{old:?}");
    let dropped = engine.projects().delete_attachment(&ada, last.id, last.version).await.unwrap();
    assert_eq!(dropped.state, AttachmentState::Doomed);
    assert_eq!((kept(&h.files).await, held(&ada).await), (4, (2, 2)), "that makes room");
    let gone = engine.projects().delete_attachment(&ada, last.id, dropped.version).await;
    assert_eq!(gone, Err(MISSING));

    let uploads = (0..12).map(|_| upload(engine, &eve, p.id, "e", "12345"));
    let done = futures::future::join_all(uploads).await;
    let won = done.iter().filter(|one| one.is_ok()).count();
    assert!(won <= 2 && done.iter().all(|one| one.is_ok() || *one == full), "{done:?}");
    let (files, bytes) = held(&eve).await;
    assert_eq!((files as usize, bytes as usize), (won, won * 5));
    assert_eq!(kept(&h.files).await, 4 + won);
}

/// What is on no task for long is swept, bytes and all; what is on one stays. A run that broke off
/// between the bytes and what was known of them is gone on with.
pub async fn what_is_on_no_task_is_swept(h: Harness) {
    let (files, engine) = (&h.files, &h.engine);
    let ada = person(&h, "ada").await;
    let p = project(&h, "P", &ada, &[]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = engine.projects();
    let mut made = Vec::new();
    for name in ["pending", "linked", "deleted"] {
        made.push(upload(engine, &ada, p.id, name, "x").await.unwrap());
    }
    for one in &made[1..] {
        projects.link_attachment(&ada, one.id, one.version, on).await.unwrap();
    }
    let deleted = projects.delete_attachment(&ada, made[2].id, Version(3)).await.unwrap();
    let (host, keep) = (Ctx::system(), SweepPolicy::default());
    let refused = projects.sweep_attachments(&ada, keep).await;
    assert!(matches!(refused, Err(Error::Forbidden { .. })), "{refused:?}");
    assert_eq!(projects.sweep_attachments(&host, keep).await, Ok(0));
    h.pass(keep.pending.num_seconds() + 1);
    assert_eq!(projects.sweep_attachments(&host, keep).await, Ok(1));
    assert_eq!((kept(files).await, projects.attachment(&ada, made[0].id).await), (2, Err(MISSING)));

    let doomed = Attachment { state: AttachmentState::Doomed, ..deleted.clone() };
    let expected = Some(deleted.version);
    h.commit(ProjectChange::PutAttachment { attachment: Box::new(doomed), expected }).await;
    let restored = projects.restore_attachment(&ada, deleted.id, Version(5)).await;
    assert_eq!(restored, Err(MISSING), "nobody brings back what is being swept");
    assert_eq!(projects.sweep_attachments(&host, keep).await, Ok(1));
    assert_eq!(kept(files).await, 1);
    assert_eq!(text(engine, &ada, made[1].id).await.unwrap(), b"x");
    let negative = SweepPolicy { deleted: TimeDelta::seconds(-1), ..keep };
    let refused = projects.sweep_attachments(&host, negative).await;
    assert_eq!(refused, Err(Error::invalid("deleted", "must not be negative")));
}

/// PROJ-14: whoever does not see the project, or the task, learns nothing of its files.
pub async fn proj_14_hidden_files_look_like_none(h: Harness) {
    let engine = &h.engine;
    let (ada, eve) = (person(&h, "ada").await, person(&h, "eve").await);
    let p = project(&h, "P", &ada, &[&eve]).await;
    let on = task(&h, &ada, &p, "1").await.id;
    let projects = engine.projects();
    let of_eve = upload(engine, &eve, p.id, "e", "x").await.unwrap();
    let new = upload(engine, &ada, p.id, "f", "x").await.unwrap();
    let file = projects.link_attachment(&ada, new.id, new.version, on).await.unwrap();
    projects.remove_member(&ada, p.id, id(&eve)).await.unwrap();
    let v = file.version;
    let all = async |ctx: &Ctx, file: AttachmentId| {
        [
            projects.attachment(ctx, file).await.err(),
            text(engine, ctx, file).await.err(),
            projects.link_attachment(ctx, file, v, on).await.err(),
            projects.delete_attachment(ctx, file, v).await.err(),
            projects.restore_attachment(ctx, file, v).await.err(),
        ]
    };
    let unknown = AttachmentId::generate(&*h.ids);
    for (ctx, file) in [(&eve, file.id), (&eve, of_eve.id), (&ada, unknown)] {
        assert_eq!(all(ctx, file).await, [const { Some(MISSING) }; 5]);
    }
    let page = PageRequest::default();
    let listed = projects.attachments(&eve, on, &page).await;
    assert_eq!(listed, Err(Error::NotFound { entity: "task" }));
    let uploaded = upload(engine, &eve, p.id, "f", "x").await;
    assert_eq!(uploaded, Err(Error::NotFound { entity: "project" }));
    projects.delete_task(&ada, on, Version(1)).await.unwrap();
    assert_eq!(all(&ada, file.id).await, [const { Some(MISSING) }; 5]);
}
