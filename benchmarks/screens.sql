-- What a case has besides its referrals: a request and a need with its place, a service given, visits, acts in the log.
-- For all cases with a key above %(after)s. The first of them gets a long timeline, the row of a programme a queue.
INSERT INTO services_service
    (version, uuid, code, slug, name, plain_name, summary, description, recipients, format, certificate, reviewed_on,
     review_every, status, provider_id, delivery_modes, languages)
SELECT 1, gen_random_uuid(), 'bench', 'bench', 'Usługa', 'Usługa', '', '', 'all', '', '', current_date, 12, 'published',
       id, '{at_home}', '{}'
FROM accounts_institution WHERE is_centre
ON CONFLICT DO NOTHING;

INSERT INTO services_programme (version, code, kind, name, valid_from, funding, status)
VALUES (1, 'bench', 'cus', 'Program', '2010-01-01', '', 'in_force')
ON CONFLICT DO NOTHING;

INSERT INTO services_programmeservice
    (valid_from, regime, conditions, capacity, capacity_period, capacity_unit, place_rule, preference, offer_days,
     unanswered, fee_kind, keeps_waiting_list, programme_id, service_id)
SELECT '2010-01-01', 'programme', '', 100, 'at_once', 'person', 'residence', '', 7, 'end', 'free', true, p.id, s.id
FROM services_programme p, services_service s
WHERE p.code = 'bench' AND s.code = 'bench' AND NOT EXISTS (SELECT FROM services_programmeservice);

INSERT INTO services_agreement (code, kind, subject, valid_from, institution_id)
SELECT 'bench-' || n, 'procurement', 'Usługi', '2010-01-01', i.id
FROM generate_series(1, 40) n
JOIN accounts_institution i ON i.code = 'bench-' || 1 + n
ON CONFLICT DO NOTHING;

-- Twenty contracts in force, of the open work, and as many that have ended, of the history.
INSERT INTO coordination_contract (version, status, unit, units, unit_price, valid_from, valid_to, agreement_id, basis_id)
SELECT 1, CASE WHEN t.ended THEN 'ended' ELSE 'active' END, 'hour', 90000, 30, '2010-01-01',
       CASE WHEN t.ended THEN current_date - 100 END, a.id, b.id
FROM services_agreement a
CROSS JOIN services_programmeservice b
CROSS JOIN LATERAL (SELECT substr(a.code, 7)::int > 20 ended) t
WHERE NOT EXISTS (SELECT FROM coordination_contract)
ORDER BY t.ended;

INSERT INTO residents_servicerequest
    (version, reference, access_code, submit_token, status, channel, received_on, due_on, due_raw_on, for_whom,
     situation, contact_by, is_urgent, language, red_flags, case_id, resident_id, restricted_file_id)
SELECT 1, 'CUS-' || id, '', gen_random_uuid(), 'settled', 'portal', opened_on - 20, opened_on + 10, opened_on + 10,
       'self', '', 'phone', false, 'pl', '{}', id, resident_id, restricted_file_id
FROM residents_case WHERE id > %(after)s;

INSERT INTO residents_requestparty
    (first_name, last_name, pesel, birth_date, address, postal_code, phone, email, pesel_index, pesel_ends, role,
     request_id, answers, communication, own_voice)
SELECT 'Krystyna', 'Wilga' || r.id, '', '1950-01-01', '', '', '', '', '', '{}', 'applicant', r.id, '{}', '{}', ''
FROM residents_servicerequest r WHERE r.case_id > %(after)s;

INSERT INTO residents_requestitem
    (version, position, own_words, status, answer, request_id, decided_at, service_id, programme_service_id)
SELECT 1, 1, 'zakupy', 'qualified', '', r.id, r.received_on + time '12:00', b.service_id, b.id
FROM residents_servicerequest r, services_programmeservice b WHERE r.case_id > %(after)s;

INSERT INTO coordination_provision
    (version, crisis_reason, status, units, period, starts_on, ends_on, address, task, end_reason, case_id, contract_id,
     item_id, worker_id)
SELECT 1, '', CASE WHEN c.status = 'open' THEN 'active' ELSE 'ended' END, 20, 'month', c.opened_on,
       CASE WHEN c.status = 'open' THEN c.opened_on + 700 ELSE c.closed_on END, '', '',
       CASE WHEN c.status = 'open' THEN '' ELSE 'goal_reached' END, c.id, k.id, i.id, c.coordinator_id
FROM residents_case c
JOIN residents_servicerequest r ON r.case_id = c.id
JOIN residents_requestitem i ON i.request_id = r.id
JOIN coordination_contract k
    ON k.id = (SELECT min(id) FROM coordination_contract WHERE (status = 'ended') = (c.status = 'closed')) + c.id %% 20
WHERE c.id > %(after)s;

INSERT INTO coordination_servicerecord
    (version, status, starts_at, ends_at, period, unit, units, paid_units, fault, reason, objection, objection_answer,
     contract_id, provision_id, resident_id, worker_id, marked_by_id, marked_at)
SELECT 1, 'done', t.begun, t.begun + interval '15 minutes', to_char(t.begun, 'YYYY-MM'), 'hour', 2, 2, '', '', '', '',
       p.contract_id, p.id, c.resident_id, p.worker_id, p.worker_id, t.begun + interval '15 minutes'
FROM coordination_provision p
JOIN residents_case c ON c.id = p.case_id
CROSS JOIN generate_series(1, 3) n
-- A quarter of an hour of its own for each case of a person: none of them is paid twice.
CROSS JOIN LATERAL
    (SELECT p.starts_on + n * 7
            + CASE WHEN c.status = 'open' THEN 0 ELSE 1 + c.id / 20000 %% 90 END * interval '15 minutes' begun) t
WHERE c.id > %(after)s;

INSERT INTO audit_auditevent
    (actor_label, role, action, object_type, object_id, from_state, to_state, reason, facts, request_id)
SELECT 'Anna Osoba', 'coordinator', 'case.open', 'residents.case', id, '', 'open', '', '{}', ''
FROM residents_case WHERE id > %(after)s;

INSERT INTO residents_casenote (sight, text, written_at, version, submit_token, author_id, case_id)
SELECT 'team', 'Rozmowa ' || n, now() - n * interval '1 day', 1, gen_random_uuid(), c.coordinator_id, c.id
FROM (SELECT * FROM residents_case WHERE status = 'open' AND restricted_file_id IS NULL ORDER BY id LIMIT 1) c,
     generate_series(1, 200) n
WHERE NOT EXISTS (SELECT FROM residents_casenote);

INSERT INTO residents_servicerequest
    (version, reference, access_code, submit_token, status, channel, received_on, due_on, due_raw_on, for_whom,
     situation, contact_by, is_urgent, language, red_flags)
SELECT 1, 'CUS-Q' || n, '', gen_random_uuid(), 'in_review', 'portal', current_date - n, current_date + 30 - n,
       current_date + 30 - n, 'self', '', 'phone', false, 'pl', '{}'
FROM generate_series(1, 300) n
WHERE NOT EXISTS (SELECT FROM residents_queueplace);

INSERT INTO residents_requestitem
    (version, position, own_words, status, answer, request_id, decided_at, service_id, programme_service_id)
SELECT 1, 1, 'zakupy', 'waitlisted', '', r.id, now(), b.service_id, b.id
FROM residents_servicerequest r, services_programmeservice b
WHERE r.status = 'in_review' AND NOT EXISTS (SELECT FROM residents_queueplace);

INSERT INTO residents_queueplace (received_on, complete_at, asked_on, basis_id, item_id)
SELECT r.received_on, r.received_on + time '12:00', current_date - 3, i.programme_service_id, i.id
FROM residents_requestitem i
JOIN residents_servicerequest r ON r.id = i.request_id
WHERE i.status = 'waitlisted' AND NOT EXISTS (SELECT FROM residents_queueplace q WHERE q.item_id = i.id);
