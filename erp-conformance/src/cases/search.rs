//! What a store promises of searching tasks and comments.

use erp_core::{
    change::Version,
    ids::{CommentId, ProjectId, UserId},
    projects::{
        Comment, Hit, Project, ProjectChange, SearchQuery, Task, TaskDetails, TaskQuery, rules,
    },
};

use crate::{Harness, random::Random};

/// Few words, so that texts share them; some that are cut and lowered in ways of their own.
const WORDS: &[&str] =
    &["Rails", "RAILS,", "roof", "Straße", "STRASSE", "Ωμέγα", "東京", "a-b", "40", "rail", "x_y"];

fn text(random: &mut Random) -> String {
    let words: Vec<&str> = (0..=random.below(5)).map(|_| *random.pick(WORDS)).collect();
    words.join(" ")
}

async fn random_project(h: &Harness, code: &str, ann: UserId, random: &mut Random) -> Project {
    let project = h.project(code, &[ann]).await;
    for _ in 0..25 {
        let mut task = h.new_task(project.id, &text(random));
        task.details.description = random.percent(50).then(|| text(random));
        task.details.labels = random.percent(30).then(|| text(random)).into_iter().collect();
        h.commit(ProjectChange::CreateTask(Box::new(task.clone()))).await;
        if random.percent(20) {
            let details = Box::new(TaskDetails::titled(text(random)));
            let (project, id, expected, at) = (task.project, task.id, Version::FIRST, h.now());
            h.commit(ProjectChange::UpdateTask { project, id, expected, details, at }).await;
        }
        for _ in 0..random.below(3) {
            let mut comment = comment(h, &task, ann, text(random));
            h.commit(put(&comment, None)).await;
            if random.percent(30) {
                comment.body = text(random);
                comment.deleted_at = random.percent(50).then(|| h.now());
                h.commit(put(&comment, Some(Version::FIRST))).await;
            }
        }
        if random.percent(10) {
            let (project, id, expected) =
                (task.project, task.id, h.read_task(task.id).await.version);
            let (tasks, at) = (vec![id], h.now());
            h.commit(ProjectChange::DeleteTasks { project, id, expected, tasks, at }).await;
        }
    }
    project
}

fn comment(h: &Harness, task: &Task, author: UserId, body: String) -> Comment {
    Comment {
        id: CommentId::generate(&*h.ids),
        project: task.project,
        task: task.id,
        thread: None,
        author,
        body,
        created_at: h.now(),
        edited_at: None,
        deleted_at: None,
        version: Version::FIRST,
    }
}

fn put(comment: &Comment, expected: Option<Version>) -> ProjectChange {
    ProjectChange::PutComment { comment: Box::new(comment.clone()), expected }
}

/// All that there is to find in these projects, by the rule.
async fn all(h: &Harness, projects: &[ProjectId], words: &[String]) -> Vec<Hit> {
    let reads = h.store.projects();
    let has =
        |found: &std::collections::BTreeSet<String>| words.iter().all(|it| found.contains(it));
    let mut hits = Vec::new();
    for project in projects {
        let query = TaskQuery { limit: 1_000, ..TaskQuery::default() };
        for task in reads.tasks(*project, &query).await.expect("a read") {
            for comment in reads.comments(task.id, None, 1_000).await.expect("a read") {
                if comment.deleted_at.is_none() && has(&rules::comment_words(&comment)) {
                    hits.push(Hit { task: task.clone(), comment: Some(comment) });
                }
            }
            if has(&rules::task_words(&task.details)) {
                hits.push(Hit { task, comment: None });
            }
        }
    }
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.key()));
    hits
}

/// `ProjectReads::search`: what has all words whole, of live things, in every scope, in pages.
pub async fn a_search_finds_what_has_all_words(h: Harness) {
    let (ann, bob) = (h.user("ann").await.id, h.user("bob").await.id);
    let mut random = Random::new(5);
    let mut projects = Vec::new();
    for n in 0..4 {
        projects.push(random_project(&h, &format!("P{n}"), ann, &mut random).await.id);
    }
    let (id, expected, deleted_at) = (projects[3], Version::FIRST, Some(h.now()));
    h.commit(ProjectChange::SetProjectDeleted { id, expected, deleted_at }).await;
    h.commit(ProjectChange::RemoveMember { project: projects[2], user: ann }).await;
    let scopes: [(Option<UserId>, Option<ProjectId>, &[ProjectId]); 6] = [
        (None, None, &projects[..3]),
        (Some(ann), None, &projects[..2]),
        (Some(bob), None, &[]),
        (None, Some(projects[1]), &projects[1..2]),
        (Some(ann), Some(projects[2]), &[]),
        (None, Some(projects[3]), &[]),
    ];
    let mut found = 0;
    for text in ["rails", "RAILS roof", "straße", "東京 40", "a", "rail", "y x", "nothing"] {
        let words = rules::query_words(text).expect("words");
        for (member, project, of) in scopes {
            let expected = all(&h, of, &words).await;
            let words = words.clone();
            let mut query = SearchQuery { words, member, project, after: None, limit: 3 };
            let mut paged: Vec<Hit> = Vec::new();
            loop {
                let page = h.store.projects().search(&query).await.expect("a read");
                assert!(page.len() <= 3);
                let Some(last) = page.last() else { break };
                query.after = Some(last.key());
                paged.extend(page);
            }
            assert_eq!(paged, expected, "{query:?}");
            found += paged.len();
        }
    }
    assert!(found > 100, "{found}");
}
