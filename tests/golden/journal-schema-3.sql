BEGIN TRANSACTION;
CREATE TABLE complaint_budget (
        tenant TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        minor_units INTEGER NOT NULL,
        currency TEXT NOT NULL,
        PRIMARY KEY (tenant, name)
    );
INSERT INTO "complaint_budget" VALUES('','goodwill',1,4500,'EUR');
CREATE TABLE complaint_due (
        tenant TEXT NOT NULL,
        complaint_id TEXT NOT NULL,
        cause TEXT NOT NULL,
        threshold TEXT NOT NULL,
        at_us INTEGER NOT NULL,
        PRIMARY KEY (tenant, complaint_id, cause, threshold)
    );
INSERT INTO "complaint_due" VALUES('','c-1','fix#1','due',1772614800000000);
INSERT INTO "complaint_due" VALUES('','c-2','fix#1','due',1772614800000000);
CREATE TABLE complaint_entry (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant TEXT NOT NULL,
        complaint_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        at_us INTEGER NOT NULL,
        by_whom TEXT NOT NULL,
        recorded_us INTEGER NOT NULL,
        kind TEXT NOT NULL,
        schema INTEGER NOT NULL,
        public TEXT NOT NULL,
        personal TEXT,
        personal_digest TEXT,
        customer TEXT,
        UNIQUE (tenant, complaint_id, version)
    );
INSERT INTO "complaint_entry" VALUES(1,'','c-1',1,1772442000000000,'web form',1772442000000000,'Received',1,'{"about":null,"amount":null,"audience":null,"category":null,"channel":"email","confidential":false,"customer":"C-1009","facts":{},"locale":null,"origin":"customer","product":null,"public":false,"severity":"moderate","source":null}',NULL,NULL,'C-1009');
INSERT INTO "complaint_entry" VALUES(2,'','c-1',2,1772442000000000,'ana',1772442000000000,'Thanked',1,'{}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(3,'','c-1',3,1772442000000000,'ana',1772442000000000,'Explained',1,'{"helps":"packing"}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(4,'','c-1',4,1772442000000000,'ana',1772442000000000,'Apologised',1,'{"level":"regret"}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(5,'','c-1',5,1772442000000000,'ana',1772442000000000,'Promised',1,'{"due":"2026-03-04T09:00:00+00:00","how":null,"owner":"ana","what":"resend it"}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(6,'','c-1',6,1772442000000000,'ana',1772442000000000,'Offered',1,'{"offer":{"draws":[{"budget":"goodwill","limit":{"amount":"500.00","currency":"EUR"}}],"expires":"2026-03-04T09:00:00+00:00","reasons":[],"remedies":[{"kind":"coupon","percent":null,"value":{"amount":"20.00","currency":"EUR"},"what":""}]},"ref":null}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(7,'','c-2',1,1772442000000000,'web form',1772442000000000,'Received',1,'{"about":null,"amount":null,"audience":null,"category":null,"channel":"phone","confidential":false,"customer":"C-7","facts":{},"locale":null,"origin":"customer","product":null,"public":false,"severity":"moderate","source":null}','{"text":"soaked"}','e9defcc752dc6237843a9ba1e4feeda5d54ffd56d059e0aab5e6466f56f42e82','C-7');
INSERT INTO "complaint_entry" VALUES(8,'','c-2',2,1772442000000000,'ana',1772442000000000,'Offered',1,'{"offer":{"draws":[{"budget":"goodwill","limit":{"amount":"500.00","currency":"EUR"}}],"expires":null,"reasons":[],"remedies":[{"kind":"coupon","percent":null,"value":{"amount":"30.00","currency":"EUR"},"what":""}]},"ref":null}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(9,'','c-2',3,1772442000000000,'ana',1772442000000000,'Declined',1,'{"ref":null}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(10,'','c-2',4,1772442000000000,'ana',1772442000000000,'Offered',1,'{"offer":{"draws":[{"budget":"goodwill","limit":{"amount":"500.00","currency":"EUR"}}],"expires":null,"reasons":[],"remedies":[{"kind":"coupon","percent":null,"value":{"amount":"25.00","currency":"EUR"},"what":""}]},"ref":null}',NULL,NULL,NULL);
INSERT INTO "complaint_entry" VALUES(11,'','c-2',5,1772442000000000,'ana',1772442000000000,'Accepted',1,'{"ref":null}',NULL,NULL,NULL);
CREATE TABLE complaint_receipt (
        tenant TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        digest TEXT NOT NULL,
        complaint_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        PRIMARY KEY (tenant, idempotency_key)
    );
INSERT INTO "complaint_receipt" VALUES('','mail-1','32f8a087330ffa67235a3d511c36f21c1a7227ba0bd5ac024f129282897bc3e7','c-1',6);
CREATE TABLE complaint_schema (version INTEGER NOT NULL);
INSERT INTO "complaint_schema" VALUES(3);
CREATE INDEX complaint_entry_customer
    ON complaint_entry (tenant, customer) WHERE customer IS NOT NULL
    ;
CREATE INDEX complaint_due_at ON complaint_due (tenant, at_us);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('complaint_entry',11);
COMMIT;
