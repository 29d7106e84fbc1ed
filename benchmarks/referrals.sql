-- People, institutions, cases and live referrals of a centre: the same however long its history is.
-- %(workers)s coordinators with 60 open cases each, one of fifty restricted; a live referral in each, in every state.
INSERT INTO accounts_institution
    (code, name, short_name, kind, nip, regon, krs, address, phone, email, website, ade, note, is_centre, is_active)
SELECT 'bench-' || n, 'Instytucja ' || n, 'Instytucja ' || n, 'other', '', '', '', '', '', '', '', '', '', n = 1, true
FROM generate_series(1, 201) n
ON CONFLICT DO NOTHING;

INSERT INTO services_servicearea (code, number, name, short_name, name_uk, name_en)
SELECT 'bench-' || n, n, 'Obszar ' || n, 'Obszar ' || n, '', '' FROM generate_series(1, 14) n
ON CONFLICT DO NOTHING;

INSERT INTO accounts_user (password, email, first_name, last_name, phone, is_active, is_superuser)
SELECT '!', 'u' || n || '@bench.example', 'Anna', 'Osoba ' || n, '', true, false
FROM generate_series(1, 1 + %(workers)s) n
ON CONFLICT DO NOTHING;

INSERT INTO accounts_membership (role, valid_from, institution_id, user_id)
SELECT CASE WHEN u.email = 'u1@bench.example' THEN 'director' ELSE 'coordinator' END, '2020-01-01', i.id, u.id
FROM accounts_user u
JOIN accounts_institution i ON i.is_centre
WHERE NOT EXISTS (SELECT 1 FROM accounts_membership m WHERE m.user_id = u.id);

INSERT INTO accounts_authorisation (number, scope, valid_from, issued_by, user_id)
SELECT 'bench-' || user_id, '', '2020-01-01', '', user_id FROM accounts_membership
ON CONFLICT DO NOTHING;

INSERT INTO residents_restrictedfile (kind, opened_at)
SELECT 'violence', now() FROM generate_series(1, 200) n;

INSERT INTO residents_resident
    (first_name, last_name, pesel, birth_date, address, postal_code, phone, email, pesel_index, pesel_ends,
     born_about, pesel_doubt, pesel_to_check, death_source, moved_to, communication, communication_note)
SELECT (ARRAY['Krystyna', 'Łucja', 'Jan', 'Ewa'])[1 + n %% 4], 'Wilga' || n, '', date '1940-01-01' + n * 31 %% 20000,
       '', '', '', '', '', '{}', '', '', false, '', '', '{}', ''
FROM generate_series(1, 20000) n
WHERE NOT EXISTS (SELECT 1 FROM residents_resident);

INSERT INTO residents_case
    (version, case_sign, status, opened_on, plan_due_on, plan_due_moved_on, close_reason, closing_summary,
     coordinator_id, resident_id, restricted_file_id)
SELECT 1, 'CUS.5.' || u.id || '.' || n, 'open', d, d + 30, d + 32, '', '', u.id, r.id,
       CASE WHEN n %% 50 = 0 THEN (SELECT min(id) FROM residents_restrictedfile) + u.id %% 200 END
FROM accounts_user u
CROSS JOIN generate_series(1, 60) n
CROSS JOIN LATERAL (SELECT current_date - (n * 7919 + u.id::int) %% 400 d) t
JOIN residents_resident r ON r.id = (SELECT min(id) FROM residents_resident) + (u.id * 60 + n) %% 20000
WHERE u.email <> 'u1@bench.example' AND NOT EXISTS (SELECT 1 FROM residents_case c WHERE c.coordinator_id = u.id);

INSERT INTO coordination_plan
    (version, status, starts_on, ends_on, in_force_from, in_force_until, needs, goals, person_duties, centre_duties,
     monitoring, agreement, agreed_on, end_reason, results, author_id, case_id, approved_by_id, approved_at)
SELECT 1, 'approved', opened_on, opened_on + 180, opened_on, opened_on + 180, '', '', '', '', '', 'signed', opened_on,
       '', '', coordinator_id, c.id, (SELECT id FROM accounts_user WHERE email = 'u1@bench.example'), now()
FROM residents_case c
WHERE status = 'open' AND id %% 3 > 0 AND NOT EXISTS (SELECT 1 FROM coordination_plan p WHERE p.case_id = c.id);

INSERT INTO coordination_referral
    (version, number, status, kind, priority, need, wanted_outcome, statute, disclosed_fields, disclosed, sent_at,
     opened_at, decided_at, respond_by, days_left, reject_reason, fail_reason, ask_instead, closing_note, outcome,
     outcome_on, ended_at, acknowledgement, person_not_told_reason, case_id, created_by_id, receiver_id, sender_id,
     area_id, confidentiality)
SELECT 1, 'L/' || c.id, s, 'service_referral', CASE WHEN c.id %% 9 = 0 THEN 'urgent' ELSE 'routine' END, '', '',
       'art. 1', '[]', '{}', CASE WHEN s <> 'draft' THEN d + time '12:00' END,
       CASE WHEN s NOT IN ('draft', 'sent') OR (s = 'sent' AND c.id %% 2 = 0) THEN d + time '13:00' END,
       CASE WHEN s IN ('accepted', 'in_progress', 'on_hold', 'completed', 'rejected') THEN d + 4 + time '12:00' END,
       CASE WHEN s <> 'draft' THEN current_date - 40 + (c.id * 7919 %% 60)::int END,
       CASE WHEN s = 'info_requested' THEN 3 END, CASE WHEN s = 'rejected' THEN 'no_place' ELSE '' END, '', '', '',
       CASE WHEN s = 'completed' THEN 'met' ELSE '' END, CASE WHEN s = 'completed' THEN d + 30 END,
       CASE WHEN s IN ('completed', 'rejected') THEN d + 30 + time '12:00' END, '', '', c.id, coordinator_id, i.id,
       (SELECT id FROM accounts_institution WHERE is_centre), a.id,
       CASE WHEN c.id %% 50 = 7 THEN 'protected' ELSE 'ordinary' END
FROM residents_case c
CROSS JOIN LATERAL
    (SELECT (ARRAY['sent', 'sent', 'accepted', 'in_progress', 'info_requested', 'waitlisted', 'on_hold', 'completed',
                   'draft', 'rejected'])[1 + c.id %% 10] s, current_date - 50 + (c.id %% 40)::int d) t
JOIN accounts_institution i ON i.code = 'bench-' || 2 + (c.id * 31) %% 200
JOIN services_servicearea a ON a.code = 'bench-' || 1 + c.id %% 14
WHERE c.status = 'open' AND NOT EXISTS (SELECT 1 FROM coordination_referral r WHERE r.case_id = c.id);
