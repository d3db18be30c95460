-- An index for every foreign key, its columns first: whoever deletes a row that others refer to finds
-- those others by it, and whoever asks for what is of a user, a task or a project can.

CREATE INDEX projects_by_creator ON projects (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX tasks_by_creator ON tasks (created_by) WHERE created_by IS NOT NULL;
CREATE INDEX task_comments_by_author ON task_comments (author_id);
CREATE INDEX task_comments_by_project ON task_comments (project_id);
CREATE INDEX task_comments_by_thread ON task_comments (thread_id) WHERE thread_id IS NOT NULL;
CREATE INDEX task_watchers_by_project ON task_watchers (project_id);
CREATE INDEX attachments_by_project ON attachments (project_id);
CREATE INDEX attachments_by_uploader ON attachments (uploaded_by);
CREATE INDEX hourly_rates_by_project ON hourly_rates (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX item_categories_by_parent ON item_categories (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX stock_reservations_by_owner ON stock_reservations (owner_id);
CREATE INDEX project_categories_by_parent ON project_categories (parent_id)
    WHERE parent_id IS NOT NULL;
CREATE INDEX project_phases_by_passer ON project_phases (gate_passed_by)
    WHERE gate_passed_by IS NOT NULL;
CREATE INDEX project_origins_by_project ON project_origins (project_id);
CREATE INDEX project_origins_by_template ON project_origins (template_id);

-- Categories are deleted for good: archived templates of one must be found, too.
CREATE INDEX project_templates_by_category ON project_templates (category_id)
    WHERE category_id IS NOT NULL;
