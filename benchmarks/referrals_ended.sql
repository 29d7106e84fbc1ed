-- Ended referrals, three to a closed case, over ten years up to today; acknowledged, withdrawn or passed over.
INSERT INTO residents_case
    (version, case_sign, status, opened_on, plan_due_on, plan_due_moved_on, closed_on, close_reason,
     closing_summary,
     coordinator_id, resident_id, restricted_file_id)
SELECT 1, 'CUS.6.' || n, 'closed', d, d + 30, d + 32, d + 200, 'goal_reached', '', u.id, r.id,
       CASE WHEN n %% 50 = 0 THEN (SELECT min(id) FROM residents_restrictedfile) + n %% 200 END
FROM generate_series(%(first)s / 3, %(last)s / 3) n
CROSS JOIN LATERAL (SELECT current_date - 200 - (n::bigint * 7919 %% 3650)::int d) t
JOIN accounts_user u ON u.email = 'u' || 2 + n %% 60 || '@bench.example'
JOIN residents_resident r ON r.id = (SELECT min(id) FROM residents_resident) + n %% 20000;

INSERT INTO coordination_referral
    (version, number, status, kind, priority, need, wanted_outcome, statute, disclosed_fields, disclosed, sent_at,
     opened_at, decided_at, respond_by, reject_reason, fail_reason, ask_instead, closing_note, outcome, outcome_on,
     ended_at, acknowledged_at, acknowledgement, person_told, person_not_told_reason, case_id, created_by_id,
     receiver_id, sender_id, area_id, confidentiality)
SELECT 1, 'E/' || c.id || '/' || k, s, 'service_referral', 'routine', '', '', 'art. 1', '[]', '{}', t.sent,
       t.sent + interval '1 day', t.sent + (1 + (c.id * 7 + k) %% 21) * interval '1 day', c.opened_on + 14,
       CASE WHEN s = 'rejected' THEN (ARRAY['no_place', 'not_eligible', 'no_place'])[1 + c.id %% 3] ELSE '' END,
       CASE WHEN s = 'not_fulfilled' THEN 'no_show' ELSE '' END, '', '', CASE WHEN s = 'completed' THEN 'met' ELSE '' END,
       CASE WHEN s = 'completed' THEN c.opened_on + 90 END, t.sent + interval '90 days',
       CASE WHEN s <> 'withdrawn' THEN t.sent + interval '95 days' END, '', CASE WHEN s <> 'withdrawn' THEN true END, '',
       c.id, c.coordinator_id, i.id, (SELECT id FROM accounts_institution WHERE is_centre), a.id,
       CASE WHEN c.id %% 50 = 7 THEN 'protected' ELSE 'ordinary' END
FROM residents_case c
CROSS JOIN generate_series(1, 3) k
CROSS JOIN LATERAL
    (SELECT (ARRAY['completed', 'completed', 'completed', 'completed', 'rejected', 'not_fulfilled', 'withdrawn'])
            [1 + (c.id + k) %% 7] s, c.opened_on + 20 + time '12:00' sent) t
JOIN accounts_institution i ON i.code = 'bench-' || 2 + (c.id * 31 + k * 17) %% 200
JOIN services_servicearea a ON a.code = 'bench-' || 1 + c.id %% 14
WHERE c.status = 'closed' AND c.id > %(after)s;
