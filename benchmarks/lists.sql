-- Generated rows, %(rows)s of each kind: the history of years with a backlog of a tenth, in no order of their keys.
-- Triggers of the history are switched off by the caller.
INSERT INTO accounts_institution
    (code, name, short_name, kind, nip, regon, krs, address, phone, email, website, ade, note, is_centre, is_active)
SELECT 'bench-' || n, 'Instytucja ' || n, 'Instytucja ' || n, 'other', '', '', '', '', '', '', '', '', '', n = 1, true
FROM generate_series(1, 31) n;

INSERT INTO accounts_user (password, email, first_name, last_name, phone, is_active, is_superuser)
SELECT '!', 'u' || n || '@bench.example', 'Anna', 'Osoba ' || n, '', true, false
FROM generate_series(1, 2000) n;

INSERT INTO accounts_membership (role, valid_from, institution_id, user_id)
SELECT CASE WHEN n = 1 THEN 'director' WHEN n = 22 THEN 'dpo' ELSE 'coordinator' END, '2020-01-01', i.id, u.id
FROM generate_series(1, 22) n
JOIN accounts_user u ON u.email = 'u' || n || '@bench.example'
JOIN accounts_institution i ON i.is_centre;

INSERT INTO accounts_membership (role, valid_from, institution_id, user_id)
SELECT 'institution_worker', '2020-01-01', i.id, u.id
FROM accounts_institution i, accounts_user u
WHERE i.code = 'bench-2' AND u.email = 'u30@bench.example';

INSERT INTO accounts_authorisation (number, scope, valid_from, issued_by, user_id)
SELECT 'bench-' || user_id, '', '2020-01-01', '', user_id
FROM accounts_membership;

INSERT INTO residents_resident
    (first_name, last_name, pesel, birth_date, address, postal_code, phone, email, pesel_index, pesel_ends,
     born_about, pesel_doubt, pesel_to_check, death_source, moved_to, communication, communication_note)
SELECT (ARRAY['Krystyna', 'Łucja', 'Jan', 'Ewa'])[1 + n %% 4],
       (ARRAY['Wilga', 'Żak', 'Kowal', 'Ćma', 'Nowak', 'Kos', 'Śliwa', 'Dąb'])[1 + n * 31 %% 8] || n::bigint * 7919 %% 50021,
       '', date '1940-01-01' + n * 31 %% 20000, '', '', '', '', '', '{}', '', '', false, '', '', '{}', ''
FROM generate_series(1, %(rows)s) n;

INSERT INTO residents_case
    (version, case_sign, status, opened_on, plan_due_on, plan_due_moved_on, closed_on, close_reason, closing_summary,
     coordinator_id, resident_id)
SELECT 1, 'CUS.5.' || n, CASE WHEN n %% 10 = 0 THEN 'open' ELSE 'closed' END, d, d + 30, d + 32,
       CASE WHEN n %% 10 > 0 THEN d + 200 END, CASE WHEN n %% 10 > 0 THEN 'goal_reached' ELSE '' END, '', u.id, r.id
FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM residents_resident) r
CROSS JOIN LATERAL (SELECT date '2016-01-01' + (n::bigint * 7919 %% 3650)::int d) t
JOIN accounts_user u ON u.email = 'u' || 2 + n / 10 %% 20 || '@bench.example';

INSERT INTO residents_servicerequest
    (version, reference, access_code, submit_token, status, channel, received_on, due_on, for_whom, situation,
     contact_by, contact_note, safe_contact, is_urgent, language, if_others_answer, leave_no_message, red_flags,
     code_is_the_persons, papers_taken, team)
SELECT 1, 'CUS-' || n, '', gen_random_uuid(), CASE WHEN n %% 10 = 0 THEN 'in_review' ELSE 'settled' END,
       'portal', d, d + 30, 'self', '', 'phone', '', false, false, 'pl', '', false, '{}', false, '', ''
FROM generate_series(1, %(rows)s) n
CROSS JOIN LATERAL (SELECT date '2016-01-01' + n * 31 %% 3650 d) t;

INSERT INTO residents_requestparty
    (first_name, last_name, pesel, address, postal_code, phone, email, pesel_index, pesel_ends, role, basis, relation,
     request_id, answers, lives_elsewhere, communication, communication_note, court_sign, document, institution,
     own_voice, person_knows, scope)
SELECT 'Krystyna', 'Wilga' || id, '', '', '', '', '', '', '{}', 'applicant', '', '', id, '{}', false, '{}', '', '', '',
       '', '', '', ''
FROM residents_servicerequest;

INSERT INTO residents_requestitem (version, position, own_words, status, answer, request_id, decided_at, for_applicant)
SELECT 1, 1, 'zakupy', CASE WHEN status = 'in_review' THEN 'submitted' ELSE 'informed' END, '', id,
       CASE WHEN status = 'settled' THEN now() END, false
FROM residents_servicerequest;

INSERT INTO coordination_plan
    (version, status, starts_on, ends_on, needs, goals, person_duties, centre_duties, monitoring, agreement, agreed_on,
     end_reason, results, author_id, case_id, approved_by_id, approved_at, closing_talk_on)
SELECT 1, CASE WHEN c.status = 'open' THEN 'approved' ELSE 'completed' END, opened_on, opened_on + 180, '', '',
       '', '', '', 'signed', opened_on, '', 'tak', coordinator_id, c.id, u.id, now(), opened_on + 170
FROM residents_case c
JOIN accounts_user u ON u.email = 'u1@bench.example';

INSERT INTO coordination_referral
    (version, number, status, kind, priority, need, wanted_outcome, statute, disclosed_fields, disclosed, sent_at,
     respond_by, reject_reason, fail_reason, ask_instead, closing_note, outcome, outcome_on, ended_at, acknowledged_at,
     acknowledgement, person_told, person_not_told_reason, case_id, created_by_id, receiver_id, sender_id)
SELECT 1, 'S/' || c.id, s, 'service_referral', CASE WHEN c.id %% 9 = 0 THEN 'urgent' ELSE 'routine' END, '', '',
       'art. 1', '[]', '{}', CASE WHEN s <> 'draft' THEN opened_on + time '12:00' END,
       CASE WHEN s <> 'draft' THEN opened_on + 14 END, '', '', '', '', CASE WHEN s = 'completed' THEN 'met' ELSE '' END,
       CASE WHEN s = 'completed' THEN opened_on + 90 END, CASE WHEN s = 'completed' THEN opened_on + time '13:00' END,
       CASE WHEN s = 'completed' THEN opened_on + time '14:00' END, '', CASE WHEN s = 'completed' THEN true END, '',
       c.id, coordinator_id, i.id, centre.id
FROM residents_case c
CROSS JOIN LATERAL
    (SELECT CASE WHEN c.status = 'closed' THEN 'completed' WHEN c.id %% 20 = 0 THEN 'draft' ELSE 'sent' END s) t
JOIN accounts_institution i ON i.code = 'bench-' || 2 + c.id / 20 %% 30
JOIN accounts_institution centre ON centre.is_centre;

INSERT INTO audit_auditevent
    (actor_label, role, action, object_type, object_id, from_state, to_state, reason, facts, request_id)
SELECT 'Anna Osoba', 'clerk', CASE WHEN n %% 500 = 0 THEN 'export' WHEN n %% 5 = 0 THEN 'request.take_up' ELSE 'read' END,
       CASE WHEN n < 1000 THEN 'coordination.plan' ELSE 'residents.servicerequest' END, n, '', '', '', '{}', ''
FROM generate_series(1, %(rows)s) n;

INSERT INTO notifications_message
    (dedupe_key, template, recipient_type, recipient_id, about_type, only_while, context, attempts, last_error, bounce_code,
     sent_at)
SELECT 'bench-' || n, 'request_received', 'accounts.user', n, '', '[]', '{}', 1, '', '', CASE WHEN n > 20 THEN now() END
FROM generate_series(1, %(rows)s) n;
