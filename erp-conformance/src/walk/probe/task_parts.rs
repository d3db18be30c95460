//! Questions about what hangs on tasks: checklists, watchers, files.

use erp_core::{
    ids::{AttachmentId, TaskId, UserId},
    port::Store,
    projects::{Attachment, AttachmentState, PendingFiles, SweepQuery, Watcher},
    time::Timestamp,
};

use super::{answer::in_order, ask::text, some};
use crate::{random::Random, walk::model::Model};

/// A question.
#[derive(Clone, Debug)]
pub(in crate::walk) enum TaskPartProbe {
    Checklist(TaskId),
    Watchers(TaskId, Option<UserId>, usize),
    Watches(TaskId, UserId),
    Attachment(AttachmentId),
    Attachments(TaskId, Option<(Timestamp, AttachmentId)>, usize),
    ToSweep(SweepQuery),
    Pending(UserId),
}

use TaskPartProbe as P;

/// Questions about all that the model knows, with parts of lists chosen at random.
pub(super) fn all(model: &Model, random: &mut Random) -> Vec<TaskPartProbe> {
    let mut probes = Vec::new();
    let files = &model.attachments;
    for task in some(&model.tasks, random) {
        let id = task.id;
        let user = random.pick(&model.users).user.id;
        let after = random.percent(30).then_some(user);
        probes.extend([P::Checklist(id), P::Watches(id, user)]);
        probes.push(P::Watchers(id, after, 1 + random.below(3)));
        let of_it: Vec<_> = files.iter().filter(|one| one.task == Some(id)).map(key).collect();
        let after = (!of_it.is_empty() && random.percent(50)).then(|| *random.pick(&of_it));
        probes.push(P::Attachments(id, after, 1 + random.below(4)));
    }
    let watchers = some(&model.watchers, random).into_iter();
    probes.extend(watchers.map(|(_, one)| P::Watches(one.task, one.user)));
    probes.extend(some(files, random).into_iter().map(|one| P::Attachment(one.id)));
    if !files.is_empty() {
        for _ in 0..4 {
            let pending_before = random.pick(files).created_at;
            let deleted_before = random.pick(files).since;
            let limit = 1 + random.below(9);
            probes.push(P::ToSweep(SweepQuery { pending_before, deleted_before, limit }));
        }
        probes.push(P::Pending(random.pick(files).uploaded_by));
    }
    probes
}

fn key(one: &Attachment) -> (Timestamp, AttachmentId) {
    (one.created_at, one.id)
}

impl TaskPartProbe {
    /// How a store answers.
    pub(super) async fn ask(&self, store: &dyn Store) -> String {
        let projects = store.projects();
        match self {
            P::Checklist(task) => text(projects.checklist(*task).await),
            P::Watchers(task, after, limit) => text(projects.watchers(*task, *after, *limit).await),
            P::Watches(task, user) => text(projects.watches(*task, *user).await),
            P::Attachment(id) => text(projects.attachment(*id).await),
            P::Attachments(task, after, limit) => {
                text(projects.attachments(*task, *after, *limit).await)
            }
            P::ToSweep(query) => text(projects.attachments_to_sweep(query).await),
            P::Pending(user) => text(projects.pending_files(*user).await),
        }
    }

    /// How the model answers.
    pub(super) fn answer(&self, model: &Model) -> String {
        use super::answer::text;
        let watchers = || model.watchers.iter().map(|(_, watcher)| watcher);
        let files = &model.attachments;
        match self {
            P::Checklist(task) => text(model.checklists.iter().find(|one| one.task == *task)),
            P::Watchers(task, after, limit) => {
                let of_it = watchers().filter(|one| one.task == *task && Some(one.user) > *after);
                let later = in_order(of_it, |one| one.user).into_iter().take(*limit);
                text(later.collect::<Vec<_>>())
            }
            P::Watches(task, user) => {
                let he = |one: &Watcher| one.task == *task && one.user == *user;
                text(watchers().any(he))
            }
            P::Attachment(id) => text(files.iter().find(|one| one.id == *id)),
            P::Attachments(task, after, limit) => {
                let linked = files.iter().filter(|one| one.state == AttachmentState::Linked);
                let of_it = linked.filter(|one| one.task == Some(*task) && Some(key(one)) > *after);
                let later = in_order(of_it, |one| key(one)).into_iter().take(*limit);
                text(later.collect::<Vec<_>>())
            }
            P::ToSweep(query) => {
                let due = files.iter().filter(|one| match one.state {
                    AttachmentState::Pending => one.created_at < query.pending_before,
                    AttachmentState::Deleted => one.since < query.deleted_before,
                    AttachmentState::Doomed => true,
                    AttachmentState::Linked => false,
                });
                let due = in_order(due, |one| key(one)).into_iter().take(query.limit);
                text(due.collect::<Vec<_>>())
            }
            P::Pending(user) => {
                let own: Vec<_> = files
                    .iter()
                    .filter(|one| one.state == AttachmentState::Pending && one.uploaded_by == *user)
                    .collect();
                let stored = own.iter().filter_map(|one| one.stored.as_ref());
                let bytes = stored.map(|stored| stored.size_bytes as u64).sum();
                text(PendingFiles { files: own.len() as u64, bytes })
            }
        }
    }
}
