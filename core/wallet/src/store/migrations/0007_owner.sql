-- Who the owner of this wallet is: Patients and references that stand for the owner, as objects.
CREATE TABLE owner_patient (
    id     INTEGER PRIMARY KEY,
    object BLOB NOT NULL UNIQUE
) STRICT;

-- By which deliveries each is known; without any it is not.
CREATE TABLE owner_patient_delivery (
    owner_patient INTEGER NOT NULL REFERENCES owner_patient (id),
    delivery      INTEGER NOT NULL,
    PRIMARY KEY (owner_patient, delivery)
) STRICT, WITHOUT ROWID;
