//! Why an error of a kind happened: the codes of `docs/errors.md` by kind.

use std::fmt;

/// The reasons of one kind: each case is called as its code.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident { $($(#[$case_doc:meta])* $case:ident,)+ })+) => {$(
        $(#[$doc])*
        ///
        /// Handle the cases that make a difference and all others alike: a later version may have more.
        #[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
        pub enum $name {
            $($(#[$case_doc])* $case,)+
            /// A reason that this version has no name for.
            Unknown,
        }

        impl $name {
            #[cfg(test)]
            const CODES: &[&str] = &[$(stringify!($case)),+];

            /// The code, as `docs/errors.md` lists it.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$case => stringify!($case),)+
                    Self::Unknown => "Unknown",
                }
            }
        }

        impl From<&str> for $name {
            fn from(code: &str) -> Self {
                match code {
                    $(stringify!($case) => Self::$case,)+
                    _ => Self::Unknown,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )+};
}

reasons! {
    /// Why something cannot be a PIN.
    PinReason {
        /// Something else than digits.
        PinNotDigits,
        /// Too few digits or too many.
        PinWrongLength,
        /// One that a thief tries first: a run, a repetition, a pattern of the keypad, a date.
        PinGuessable,
        /// What is stored of the PIN asks for less or more work than any wallet of this program.
        PinParametersOutOfRange,
        /// There is not enough memory to check the PIN.
        PinOutOfMemory,
    }

    /// Why a text is not a set of recovery words.
    WordsReason {
        /// Another number of words than 12, 15, 18, 21 or 24.
        WordCount,
        /// The numbers in front of the words do not count up from one.
        WordNumbering,
        /// A word that is in no list, or not in the list of the others.
        UnknownWord,
        /// The words belong together wrongly: one is another, or two are exchanged.
        MnemonicChecksum,
        /// The words are valid in more than one language.
        AmbiguousLanguage,
        /// A published example.
        TestSeed,
    }

    /// Why the device's key did not do its part.
    DeviceKeyReason {
        /// The key is gone or was never on this device; the recovery words still open the wallet.
        DeviceKeyLost,
        /// The person refused or broke off.
        DeviceKeyRefused,
        /// The device allows no more tries for now.
        DeviceKeyLockedOut,
        /// The key store cannot be reached, or its answer is not what was asked for.
        DeviceKeyUnavailable,
        /// Biometrics were never turned on, or turned off; the PIN opens the wallet.
        BiometricsOff,
        /// The device gave up the key of biometrics, as when another finger was added; the PIN opens the wallet.
        BiometricsLost,
    }

    /// Why the wallet's files cannot be used.
    StorageReason {
        /// The disk is full. What was begun was taken back.
        DiskFull,
        /// The files cannot be written.
        StorageReadOnly,
        /// A file operation failed.
        StorageIo,
        /// The database reported an error.
        StorageDatabase,
        /// The database is missing or empty.
        StorageMissing,
        /// A file is damaged.
        StorageCorrupt,
        /// The database is that of another wallet.
        StorageOtherWallet,
        /// An older state was put back.
        StorageRolledBack,
        /// A newer version wrote the files.
        StorageTooNew,
        /// Locks or durable writes cannot be relied on in this place.
        StorageUnsafePlace,
        /// The database is not encrypted.
        NotEncrypted,
        /// The system gave no randomness.
        EntropyFailure,
        /// Something was sealed with another key, for another use or elsewhere.
        CommitmentMismatch,
        /// Something sealed was changed or cut short.
        SealDamaged,
        /// A public key is not usable.
        BadPublicKey,
        /// Something is encrypted in a way that only a newer version knows.
        UnknownSuite,
        /// Something was sealed to a key that is not here.
        UnknownRecipient,
    }

    /// Why a file of records, an export or an attachment cannot be used.
    FileReason {
        /// The input could not be read.
        ImportIo,
        /// Not UTF-8.
        InvalidUtf8,
        /// UTF-16 or UTF-32.
        Utf16,
        /// Not JSON: cut off or damaged.
        InvalidJson,
        /// The gzip stream is damaged or cut off.
        DamagedGzip,
        /// The gzip stream unpacks to too much.
        GzipTooLarge,
        /// The archive is damaged or cut off.
        DamagedArchive,
        /// It is encrypted in its archive.
        EncryptedArchive,
        /// It is packed in its archive by a method that is not read.
        ArchiveCompression,
        /// It, or its archive, unpacks to too much.
        ArchiveTooLarge,
        /// The archive lists too many files.
        ArchiveTooManyEntries,
        /// FHIR in XML brings a DOCTYPE or entities of its own.
        FhirXmlDoctype,
        /// FHIR in XML is not well-formed.
        FhirXmlSyntax,
        /// FHIR in XML says that it is not UTF-8.
        FhirXmlEncoding,
        /// FHIR in XML is nested deeper than 100.
        FhirXmlTooDeep,
        /// FHIR in XML has a resource that is too large.
        FhirXmlTooLarge,
        /// No release of FHIR has the XML so.
        FhirXmlElement,
        /// The Apple Health export is cut off or damaged.
        AppleHealthSyntax,
        /// The Apple Health export uses an entity of its own.
        AppleHealthEntity,
        /// The Apple Health export says more than is taken.
        AppleHealthTooLarge,
        /// The records are about more than one person, or about someone else.
        OtherPatient,
        /// None of the people in the files, or more than one, is called what was named.
        NoSuchPatient,
        /// The destination of an export could not be written.
        ExportIo,
        /// The file in a record is not what the record says of it.
        AttachmentDamaged,
        /// Reading was cancelled.
        Cancelled,
    }

    /// What there is not.
    NotFoundReason {
        /// There is no such record.
        NoSuchRecord,
        /// The record as it is now was never to be stamped.
        NotStamped,
        /// The ledger has not recorded the time stamp of the record.
        TimeStampWaiting,
        /// The record has no such attachment.
        NoSuchAttachment,
        /// The record only says where the file is.
        AttachmentNotHere,
        /// There is no such item in quarantine.
        NoSuchQuarantined,
        /// Nobody of this number counts as the owner.
        NoSuchPerson,
        /// There is no such import, or it was taken back already.
        NoSuchImport,
        /// There is no such grant.
        NoSuchGrant,
        /// There is no such share.
        NoSuchShare,
        /// There is no such request of a provider.
        NoSuchRequest,
        /// There is no such source.
        NoSuchSource,
        /// No clinic of this name is in the lists that were taken in.
        NoSuchBrand,
        /// Several clinics have this name.
        AmbiguousBrand,
        /// A list has no clinic with a server.
        NoBrands,
        /// There is no such provider.
        UnknownProvider,
        /// Several identifiers begin with what was given.
        AmbiguousId,
    }

    /// Why a provider cannot be granted to.
    ProviderReason {
        /// Several providers have this name.
        AmbiguousProvider,
        /// Governance has suspended the provider.
        ProviderSuspended,
        /// The provider's key was replaced without the provider's own signature.
        ProviderKeyChanged,
        /// The file is not a provider's card.
        CardFile,
        /// The card is not signed by its own key.
        CardSignature,
        /// A field of the card is empty, too long or not plain text.
        CardField,
        /// It is longer than a card may be.
        CardTooLong,
    }

    /// Why a grant does not allow something.
    GrantReason {
        /// The scope names no category and no record, or too many.
        InvalidScope,
        /// It would end before it begins, or more than 400 days after it was made.
        InvalidPeriod,
        /// The grant's state does not allow this.
        GrantState,
        /// The text is not a clinic's request.
        NotARequest,
        /// The request is not signed by the clinic that it names.
        RequestNotSigned,
        /// The time of the request is over.
        RequestExpired,
        /// The request was agreed to or refused before.
        RequestAnswered,
        /// It would give more than the request asks for.
        RequestExceeded,
        /// How old the answers of the ledger may be is not between 3 minutes and 24 hours.
        InvalidStaleness,
        /// No compartment is named, or they are unsorted or repeated.
        InvalidTerms,
        /// It would be longer than any transaction may be.
        TransactionTooLong,
        /// A revocation names either an account or a root key.
        TransactionAccount,
        /// Number or form of the signatures is not that of this kind.
        TransactionSignatures,
        /// A signature is not by the key that must have made it.
        TransactionSignature,
        /// The provider's card in it is malformed or not signed by the provider.
        TransactionCard,
        /// A field of it has a value that none can have.
        TransactionField,
    }

    /// Why a share does not allow something.
    ShareReason {
        /// The share was revoked, and that is for ever.
        ShareEnded,
        /// A share lives for 24 hours at most, or for 366 days where it is granted on the ledger.
        ShareTooLong,
        /// A link to one file has no place for health cards.
        ShareCardsNeedList,
        /// There is no signed text of a card in the record.
        NotAHealthCard,
        /// A health card goes along whole, and holds something of a kind that is to be left out.
        CardHoldsLeftOut,
        /// The share was not granted on the ledger, which proves nothing of it.
        ShareNotOnLedger,
        /// Something is in the passcode that is not on every keyboard.
        PasscodeCharacter,
        /// The passcode is a run, a repetition or a date.
        PasscodeGuessable,
        /// The passcode has fewer or more characters than it may have.
        PasscodeLength,
        /// There is not enough memory to stretch the passcode.
        PasscodeMemory,
        /// There is no record of the patient's own.
        NoPatient,
        /// There is nothing but the patient's own record.
        NothingToShare,
        /// What the patient tells is too long, or the form has no place for it.
        ShareStory,
    }

    /// Why a link that somebody shares did not give its file.
    LinkReason {
        /// Not a SMART Health Link.
        NotAHealthLink,
        /// A link of a kind that is not supported yet.
        UnsupportedLink,
        /// It leads to an address that is not followed.
        LinkAddress,
        /// It has no usable key.
        LinkKey,
        /// It contradicts itself.
        LinkFlags,
        /// It asks for a passcode and there was none; nothing was sent.
        LinkPasscodeNeeded,
        /// Revoked, expired, used up, or never there.
        LinkNotActive,
        /// The host asks to come back later.
        LinkRetryLater,
        /// The host answered in a way that the specification does not know.
        LinkAnswer,
        /// The file does not open with the link's key.
        JweDoesNotOpen,
        /// The list of files behind it is none, or names more than 100.
        LinkManifest,
        /// The file is not in the form of an encrypted one.
        JweMalformed,
        /// The file is encrypted in a way that is not allowed.
        JweUnsupported,
        /// What was compressed in the file is damaged.
        JweInflate,
        /// The file unpacks to too much.
        JweTooLarge,
    }

    /// Why a wallet cannot be connected somewhere, or not restored from there.
    ConnectionReason {
        /// It is connected to another host or by another trust anchor.
        AlreadyConnected,
        /// A wallet of these recovery words is there already and can be restored.
        SpaceExists,
        /// The host knows no wallet of these recovery words.
        SpaceMissing,
        /// Not a trust anchor.
        AnchorMalformed,
        /// A trust anchor of a later form.
        AnchorTooNew,
        /// The trust anchor names no usable set of validators.
        AnchorValidators,
        /// The trust anchor is older than what is trusted.
        AnchorNotNewer,
        /// The trust anchor contradicts what was verified.
        AnchorContradicted,
        /// Nothing vouches for the new trust anchor but its fingerprint, typed from a second channel.
        AnchorUnproved,
        /// What was typed is not the fingerprint of the new trust anchor.
        FingerprintMismatch,
        /// The trust anchor is of another ledger.
        OtherLedger,
    }

    /// Why no server was reached.
    OfflineReason {
        /// Nobody answers there.
        Offline,
        /// It took too long.
        Timeout,
        /// The connection ended early or did not speak HTTP.
        ConnectionBroken,
        /// It was asked too often.
        RateLimited,
        /// The host has no room left.
        HostFull,
        /// The wallet has no room left at the host.
        SpaceFull,
        /// The host reaches no ledger.
        LedgerUnreachable,
        /// What the host has of the ledger is too old to serve anything by.
        LedgerStale,
        /// The host passes sealed questions on to other gateways.
        GatewayUnknown,
        /// The gateway has another key than the one that a question was sealed to.
        ObliviousKeyUnknown,
        /// The gateway could not open what was sealed.
        ObliviousDamaged,
        /// The ledger has not made the proof yet.
        ProofNotYet,
        /// What answered is not the server that was asked.
        AnswerMalformed,
        /// The server can't for now, for a reason of its own.
        ServerRefused,
    }

    /// Why a server refused.
    ServerReason {
        /// The host takes whom it invites.
        InviteNeeded,
        /// The host made no such invitation.
        InviteUnknown,
        /// The invitation's time is over.
        InviteLapsed,
        /// Somebody else has used the invitation.
        InviteUsed,
        /// The text is not an address of a server.
        AddressMalformed,
        /// The address may not be contacted.
        AddressRefused,
        /// The server is older than this program.
        ServerTooOld,
        /// The address is not one where a FHIR server says how apps are authorized.
        SourceNotSmart,
        /// A FHIR server does not protect the codes that it hands to apps.
        SourcePkceMissing,
        /// A FHIR server, or where it authorizes apps, answered with a status that says nothing of use.
        SourceStatus,
        /// It answered something else than the standard says.
        SourceAnswerMalformed,
        /// The address answers no authorization that was begun here, or one that was answered already.
        SourceRedirectUnknown,
        /// Another authorization server answered than was asked.
        SourceIssuerMismatch,
        /// The patient, or who looks after the server, refused.
        SourceAccessDenied,
        /// The authorization server refused before it gave a code.
        SourceAuthorizationRefused,
        /// The authorization server gave no token.
        SourceTokenRefused,
        /// No kind of records was granted.
        SourceNothingGranted,
        /// The server does not say whose records these are.
        SourcePatientMissing,
        /// The server does not show whose records these are.
        SourcePatientUnreadable,
        /// The server now gives the records of somebody else.
        SourcePatientChanged,
        /// The authorization has ended: the patient connects the source again.
        SourceAuthorizationEnded,
        /// This device's clock and the server's differ.
        ClockSuspect,
        /// For a reason of the server's own.
        ServerRefused,
        /// The answer is larger than what was asked for can be.
        ResponseTooLarge,
        /// What was to be sent is no request.
        RequestMalformed,
        /// The ledger does not show the grant yet.
        GrantPending,
        /// The grant's time is over.
        GrantExpired,
        /// The grant was ended.
        GrantRevoked,
        /// There is no such thing there, or not for this wallet.
        NotFound,
        /// The wallet at the host is not at the version that was started from.
        VersionConflict,
        /// Something that was to be there was not uploaded.
        BlobMissing,
        /// A share is without content there.
        LinkMissing,
        /// The host passes sealed questions on to other gateways.
        GatewayUnknown,
        /// The gateway has another key than the one that the question was sealed to.
        ObliviousKeyUnknown,
        /// The gateway could not open what was sealed.
        ObliviousDamaged,
        /// The gateway collects nothing that is to be recorded.
        NoAggregator,
        /// The gateway took no such entry, or has forgotten it.
        UnknownEntry,
        /// The address of a request is not in its normal form.
        RequestAddressBad,
        /// A request is not signed in the expected form.
        RequestSignatureMalformed,
        /// A signature covers other parts of the request than it must.
        RequestSignatureComponents,
        /// A digest is not that of the body.
        RequestDigestWrong,
        /// A signature is too old or from the future.
        RequestSignatureNotNow,
        /// A signature is by an unusable key.
        RequestKeyBad,
        /// A signature is not valid.
        RequestSignatureBad,
        /// It would be longer than any transaction may be.
        TransactionTooLong,
        /// A revocation names either an account or a root key.
        TransactionAccount,
        /// Number or form of the signatures is not that of this kind.
        TransactionSignatures,
        /// A signature is not by the key that must have made it.
        TransactionSignature,
        /// The provider's card in it is malformed or not signed by the provider.
        TransactionCard,
        /// A field of it has a value that none can have.
        TransactionField,
        /// What the host knows of the ledger is too old to decide by.
        LedgerStale,
        /// The host reaches no ledger.
        LedgerUnreachable,
        /// The wallet has no room left at the host.
        SpaceFull,
        /// The host has no room left.
        HostFull,
        /// It was asked too often.
        RateLimited,
    }

    /// Why what a server says is not to be believed.
    UntrustedReason {
        /// The host serves an older state than it had before.
        HostRolledBack,
        /// Another device has taken this wallet over by its recovery words.
        TakenOver,
        /// The host serves something that this wallet did not make.
        SpaceDamaged,
        /// What is known of the ledger is too old to decide by.
        LedgerStale,
        /// The server's certificate is not trusted.
        CertificateRefused,
        /// This device's clock is behind the ledger's last verified time.
        ClockSuspect,
        /// What was last verified of the ledger is too old: it takes a newer trust anchor.
        TrustExpired,
        /// The answer is from another chain.
        WrongChain,
        /// One signer makes this ledger: a demonstration, which is not accepted.
        EmbeddedChain,
        /// The ledger signed two headers for one height.
        Equivocation,
        /// It is longer than any proof.
        ProofTooLong,
        /// It is not a proof.
        ProofMalformed,
        /// It is of a version that this one does not know.
        ProofUnknownVersion,
        /// It proves something else than was asked for.
        ProofKeyMismatch,
        /// It leaves out something that was asked for.
        ProofIncomplete,
        /// It says something twice.
        ProofRepeated,
        /// It does not follow from the ledger's header.
        BadProof,
        /// The validators are not those of the header.
        BadValidators,
        /// A vote on the header does not verify.
        BadVote,
        /// Not more than two thirds of the validators signed the header.
        InsufficientPower,
        /// Too few of the validators trusted so far signed the header.
        InsufficientTrust,
        /// The header's time lies in the future.
        HeaderFromFuture,
        /// The header's time does not fit its height.
        HeaderOutOfOrder,
    }

    /// Why something lies in quarantine.
    QuarantineReason {
        /// A kind of file that is not read.
        UnsupportedFormat,
        /// Not JSON: cut off or damaged.
        InvalidJson,
        /// A string holds a lone surrogate or NUL.
        InvalidText,
        /// Objects and arrays are nested deeper than 64.
        TooDeep,
        /// The resource is larger than the reader's limits allow.
        TooLarge,
        /// Not a JSON object, or one without `resourceType`.
        NotAResource,
        /// `resourceType` is not the name of a type.
        InvalidResourceType,
        /// Not UTF-8.
        InvalidUtf8,
        /// UTF-16 or UTF-32.
        Utf16,
        /// The gzip stream is damaged or cut off.
        DamagedGzip,
        /// The gzip stream unpacks to too much.
        GzipTooLarge,
        /// The archive is damaged or cut off.
        DamagedArchive,
        /// It is encrypted in its archive.
        EncryptedArchive,
        /// It is packed in its archive by a method that is not read.
        ArchiveCompression,
        /// It, or its archive, unpacks to too much.
        ArchiveTooLarge,
        /// The archive lists too many files.
        ArchiveTooManyEntries,
        /// FHIR in XML brings a DOCTYPE or entities of its own.
        FhirXmlDoctype,
        /// FHIR in XML is not well-formed.
        FhirXmlSyntax,
        /// FHIR in XML says that it is not UTF-8.
        FhirXmlEncoding,
        /// FHIR in XML is nested deeper than 100.
        FhirXmlTooDeep,
        /// FHIR in XML has a resource that is too large.
        FhirXmlTooLarge,
        /// No release of FHIR has the XML so.
        FhirXmlElement,
        /// The Apple Health export is cut off or damaged.
        AppleHealthSyntax,
        /// The Apple Health export uses an entity of its own.
        AppleHealthEntity,
        /// The Apple Health export says more than is taken.
        AppleHealthTooLarge,
        /// The document brings a DOCTYPE or entities of its own.
        DocumentDoctype,
        /// The document is not well-formed XML.
        DocumentXml,
        /// The document is nested deeper than 100.
        DocumentTooDeep,
        /// The document is over 20 MB, or has too many elements or attributes.
        DocumentTooLarge,
        /// The document isn't of HL7's namespace.
        DocumentNamespace,
        /// A pair of digits stands for no character, or one is missing.
        HealthCardDigits,
        /// Of the codes of one card some are missing, repeated, too long or those of another card.
        HealthCardChunks,
        /// The file names no card, or more than 1,000.
        HealthCardFile,
        /// Not three parts of base64url, or not a header.
        HealthCardMalformed,
        /// It is signed or compressed in another way than health cards are, or names no key.
        HealthCardHeader,
        /// The signature is not 64 bytes.
        HealthCardSignature,
        /// What was compressed is damaged.
        HealthCardInflate,
        /// It inflates to more than the limit allows.
        HealthCardTooLarge,
        /// The payload is no object, or one that names a member twice.
        HealthCardPayload,
        /// The issuer is no https address without a slash at its end.
        HealthCardIssuer,
        /// It says not when it was issued, or not as a number of seconds.
        HealthCardTime,
        /// It does not say that it is a health card.
        HealthCardType,
        /// What it would be revoked by is longer than 24 characters, or not of the base64url alphabet.
        HealthCardRevocationId,
        /// Its content is not of FHIR 4.0.1.
        HealthCardFhirVersion,
        /// There is no Bundle in it.
        HealthCardBundle,
        /// It was moved there by hand.
        ByHand,
    }

    /// Why an argument is not valid.
    ArgumentReason {
        /// Not an identifier of its kind.
        InvalidIdentifier,
        /// Not the cursor of a page in this order.
        InvalidCursor,
        /// A time before 1970 or after the year 9999.
        InvalidTime,
        /// Not UTF-8, or with a character that no text can have.
        InvalidText,
        /// A passphrase of more than 256 bytes.
        PassphraseTooLong,
        /// Not an invitation to a host.
        InviteMalformed,
        /// It names no servers.
        ConnectionMalformed,
        /// Not the fingerprint of a trust anchor.
        FingerprintMalformed,
        /// Too long for a QR code.
        QrTooLong,
        /// The library was built without its own HTTP, and the app gave none.
        NoHttpClient,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the core names its reasons: file, type, what of it has the names, and the kinds that have all of them.
    const NAMED: &[(&str, &str, &str, &[&[&str]])] = &[
        ("protocol/src/crypto/pin.rs", "PinError", CODE, &[PinReason::CODES]),
        ("protocol/src/crypto/words/error.rs", "WordsError", CODE, &[WordsReason::CODES]),
        ("protocol/src/crypto/error.rs", "CryptoError", CODE, &[StorageReason::CODES]),
        ("protocol/src/formats/fhir/error.rs", "ReadError", CODE, &[FileReason::CODES]),
        ("protocol/src/formats/fhir/error.rs", "ReadError", CODE, &[QuarantineReason::CODES, &NOT_KEPT]),
        ("protocol/src/formats/archive/error.rs", "ArchiveError", CODE, &[FileReason::CODES]),
        ("protocol/src/formats/archive/error.rs", "ArchiveError", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/formats/apple_health/error.rs", "AppleHealthError", CODE, &[FileReason::CODES]),
        ("protocol/src/formats/apple_health/error.rs", "AppleHealthError", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/formats/fhir_xml/error.rs", "FhirXmlError", CODE, &[FileReason::CODES]),
        ("protocol/src/formats/fhir_xml/error.rs", "FhirXmlError", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/formats/fhir/error.rs", "Quarantine", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/formats/cda/error.rs", "CdaError", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/formats/shc/error.rs", "HealthCardError", CODE, &[QuarantineReason::CODES]),
        ("protocol/src/ledger/card.rs", "CardError", CODE, &[ProviderReason::CODES]),
        ("protocol/src/consent/terms.rs", "InvalidTerms", CODE, &[GrantReason::CODES]),
        ("protocol/src/ledger/transaction.rs", "TransactionError", CODE, &[GrantReason::CODES]),
        ("protocol/src/ledger/transaction.rs", "TransactionError", CODE, &[ServerReason::CODES]),
        ("protocol/src/formats/assembly/assembled.rs", "AssemblyError", CODE, &[ShareReason::CODES]),
        ("protocol/src/formats/shl/link.rs", "ShareLinkError", CODE, &[LinkReason::CODES]),
        (
            "protocol/src/formats/shl/receive.rs",
            "OpenError",
            CODE,
            &[LinkReason::CODES, &["LinkPasscodeWrong"]],
        ),
        ("protocol/src/crypto/jwe.rs", "JweError", CODE, &[LinkReason::CODES]),
        ("protocol/src/ledger/anchor.rs", "AnchorError", CODE, &[ConnectionReason::CODES]),
        ("net/src/renewal.rs", "AnchorRefused", CODE, &[ConnectionReason::CODES]),
        (
            "net/src/error.rs",
            "NetError",
            CODE,
            &[OfflineReason::CODES, ServerReason::CODES, UntrustedReason::CODES],
        ),
        ("source/src/error.rs", "SourceError", CODE, &[ServerReason::CODES]),
        ("wallet/src/net/error.rs", "RemoteError", CODE, &[OfflineReason::CODES, ServerReason::CODES]),
        ("wallet/src/net/error.rs", "ServerCode", "const ALL:", &[ServerReason::CODES]),
        ("protocol/src/formats/http/signature.rs", "RequestSignatureError", CODE, &[ServerReason::CODES]),
        ("protocol/src/ledger/error.rs", "ProofError", CODE, &[UntrustedReason::CODES]),
        ("wallet/src/store/device_key.rs", "DeviceKeyError", CODE, &[DeviceKeyReason::CODES]),
    ];

    const CODE: &str = "fn code(";

    /// What was not read is not kept.
    const NOT_KEPT: [&str; 2] = ["ImportIo", "Cancelled"];

    #[test]
    fn each_reason_of_the_core_has_its_case() {
        for (file, name, within, kinds) in NAMED {
            let told = codes(file, name, within);
            assert!(!told.is_empty(), "{file}: {name}");
            for code in told {
                assert!(kinds.iter().any(|kind| kind.contains(&code.as_str())), "{name}: {code}");
            }
        }
        for (file, name, known_as) in [
            ("wallet/src/error.rs", "WalletError", "CoreError"),
            ("wallet/src/store/error.rs", "StoreError", "StoreError"),
        ] {
            for (variant, code) in coded(file, name) {
                if let Some(kind) = kind_of(known_as, &variant) {
                    let (_, codes, _) = KINDS.iter().find(|(name, ..)| *name == kind).unwrap();
                    assert!(
                        codes.contains(&code.as_str()),
                        "{variant} is told as {kind}, which has no {code}"
                    );
                }
            }
        }
        let own = codes("../bindings/src/error.rs", "WalletError", CODE);
        let mut told = codes("wallet/src/error.rs", "WalletError", CODE);
        told.extend(codes("wallet/src/store/error.rs", "StoreError", CODE));
        for code in told {
            let has_case = KINDS.iter().any(|(_, kind, _)| kind.contains(&code.as_str()));
            assert!(has_case || own.contains(&code) || code == "Unfinished", "{code}");
        }
    }

    #[test]
    fn each_case_is_a_code_of_the_list_and_any_other_code_is_unknown() {
        let list = include_str!("../../docs/errors.md");
        for (kind, codes, read) in KINDS {
            for code in *codes {
                let is_listed = list.contains(&format!("\n| `{code}` |"));
                assert!(is_listed || *code == "ByHand", "{kind}: {code} is not in docs/errors.md");
                assert_eq!(read(code), *code, "{kind}");
            }
            for other in ["Unknown", "", "pinNotDigits", "NoSuchCode", "PinNotDigits "] {
                assert_eq!(read(other), "Unknown", "{kind}");
            }
        }
    }

    /// Each kind: its codes, and what becomes of a code that is read and written again.
    macro_rules! kinds {
        ($($name:ident),+) => {
            [$((stringify!($name), $name::CODES, |code: &str| $name::from(code).as_str())),+]
        };
    }

    type Kind = (&'static str, &'static [&'static str], fn(&str) -> &'static str);

    const KINDS: &[Kind] = &kinds!(
        PinReason,
        WordsReason,
        DeviceKeyReason,
        StorageReason,
        FileReason,
        NotFoundReason,
        ProviderReason,
        GrantReason,
        ShareReason,
        LinkReason,
        ConnectionReason,
        OfflineReason,
        ServerReason,
        UntrustedReason,
        QuarantineReason,
        ArgumentReason
    );

    /// The kind of the reason as which an error of the core is told; none where it is an error of its own.
    fn kind_of(name: &str, variant: &str) -> Option<&'static str> {
        let source = include_str!("error.rs");
        let (_, arms) = source.split_once(&format!("\nimpl From<&{name}> for WalletError {{")).unwrap();
        let arms = arms.split_once("\n}\n").unwrap().0;
        let after = |named: &str| {
            let mut words = arms.split([' ', '\n', '(', '{', '|', ',']);
            words.find(|word| *word == named)?;
            words.find_map(|word| word.strip_prefix("Self::"))
        };
        // An arm of its own, or the one for all others.
        let others = || arms.split_once(" error => Self::").and_then(|(_, told)| told.split(' ').next());
        match after(&format!("{name}::{variant}")).or_else(others).unwrap() {
            "invalid" => Some("ArgumentReason"),
            told => {
                let (_, cases) = source.split_once(&format!("\n    {told} {{\n"))?;
                let (case, _) = cases.split_once("\n    }")?;
                let (reason, _) = case.split_once("reason: ")?.1.split_once(',')?;
                Some(reason)
            }
        }
    }

    fn source_of(file: &str) -> String {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../core").join(file);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The variants of an error that have a code of their own, and the code.
    fn coded(file: &str, name: &str) -> Vec<(String, String)> {
        let source = source_of(file);
        let (_, of_type) = source.split_once(&format!("\nimpl {name} {{")).unwrap();
        let (_, of_item) = of_type.split_once(CODE).unwrap();
        let arms = of_item[..of_item.find("\n    }\n").unwrap()].lines();
        let arms = arms.filter_map(|arm| arm.trim().strip_prefix("Self::")?.split_once(" => \""));
        let bare = |variant: &str| variant.split([' ', '(']).next().unwrap_or_default().to_owned();
        arms.map(|(variant, code)| (bare(variant), code.trim_end_matches(['"', ',']).to_owned())).collect()
    }

    /// The codes in an item of what a type implements, in a source of the core.
    fn codes(file: &str, name: &str, item: &str) -> Vec<String> {
        let source = source_of(file);
        let (_, of_type) = source.split_once(&format!("\nimpl {name} {{")).unwrap();
        let (_, of_item) = of_type.split_once(item).unwrap();
        let end = of_item.find("\n    }\n").into_iter().chain(of_item.find("\n    ];\n")).min().unwrap();
        let lines = of_item[..end].lines().filter(|line| !line.trim_start().starts_with("#["));
        let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        literals.map(str::to_owned).collect()
    }
}
