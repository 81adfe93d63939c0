package org.keepwell.wallet.service

import kotlin.time.Duration
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.StateFlow
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantActivity
import org.keepwell.wallet.model.GrantExtension
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.LedgerQuestions
import org.keepwell.wallet.model.Log
import org.keepwell.wallet.model.NewShare
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordPage
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordVersion
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.SeriesResult
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.SharePreview
import org.keepwell.wallet.model.ShareRequest

/** Everything that the screens ask of the wallet. */
interface WalletServices {
    /** What the patient chooses among. */
    val choices: Choices
    val lock: LockService
    val records: RecordService
    val clinics: ClinicService
    val consent: ConsentService
    val shares: ShareService
    val log: LogService
    val start: StartService
    val connection: ConnectionService
    val imports: ImportService
    val sources: SourceService
    val status: StatusService
    val words: WordsService
    val safety: SafetyService
}

/** Says when what there is to do may have changed. */
interface StatusService {
    /** Emits when something may have been done, or may be to do. */
    val changes: Flow<Unit>

    /** How the ledger was asked last; null where it never was. */
    suspend fun ledgerQuestions(): Outcome<LedgerQuestions?>
}

/** Opens and locks the wallet. */
interface LockService {
    /** Whether the wallet is open now; it also locks itself. */
    val isUnlocked: StateFlow<Boolean>

    /** Opens the wallet; the caller overwrites [pin], ASCII digits or UTF-8, afterwards. */
    suspend fun unlock(pin: ByteArray): Outcome<Unit>

    /** Reads recovery words as people write them; the caller overwrites [text], UTF-8, and closes what it gets. */
    suspend fun readWords(text: ByteArray): Outcome<ReadWords>

    /** What may have been meant by the first word of [text] that is none, at most three; for the screen only. */
    suspend fun suggestWords(text: ByteArray): Outcome<List<String>>

    /** Locks at once and drops what was opened. */
    suspend fun lock()

    /** Waits until a wallet whose time it is to lock has locked; [isUnlocked] is right then, whatever the wallet is at. */
    suspend fun look()

    /** Says whether the app is out of sight, which shortens the time to the next lock. */
    suspend fun setInBackground(inBackground: Boolean)
}

/** Recovery words that were read; they are overwritten when this is closed. */
interface ReadWords : AutoCloseable {
    /**
     * Opens the wallet and sets a new PIN, whatever became of the old one and of this phone's key.
     *
     * The caller overwrites [passphrase], empty for none, and [newPin] afterwards.
     */
    suspend fun unlock(passphrase: ByteArray, newPin: ByteArray): Outcome<Unit>
}

/** Lists, finds and shows records. */
interface RecordService {
    /** Emits when records may have come or gone. */
    val changes: Flow<Unit>

    /** What the first screen shows. */
    suspend fun overview(): Outcome<Overview>

    /** Notes that the patient has seen what came up to this, the newest of an overview that was shown. */
    suspend fun markSeen(newest: Arrival): Outcome<Unit>

    /** How many records each category holds; empty categories are left out. */
    suspend fun counts(): Outcome<List<CategoryCount>>

    /** One page of records, newest first. */
    suspend fun page(query: RecordQuery): Outcome<RecordPage>

    /** What a record says, read by the library. */
    suspend fun picture(id: RecordId): Outcome<RecordPicture>

    /** The versions of a record, in the order in which they came. */
    suspend fun history(id: RecordId): Outcome<List<RecordVersion>>

    /** The results of the same code as this one, newest first and with it among them. */
    suspend fun series(id: RecordId): Outcome<List<SeriesResult>>

    /** A file in a record, by its number in the order of its page, from 0. */
    suspend fun attachment(id: RecordId, index: Int): Outcome<RecordAttachment>

    /** A record byte for byte as it was received: a FHIR resource as JSON. */
    suspend fun content(id: RecordId): Outcome<ByteArray>
}

/** Knows clinics. */
interface ClinicService {
    /** Emits a clinic that was given access and has another key since, without the old one's word for it. */
    val keyChanges: Flow<ClinicId>

    /** The directory by name; names and places are as listed and not yet proved. */
    suspend fun list(): Outcome<List<Clinic>>

    /** Those of [clinics] with every word of [text] in their name or place, case and accents aside; all for no word. */
    fun find(clinics: List<Clinic>, text: String): List<Clinic>

    /** One clinic, its card proved by the ledger now. */
    suspend fun prove(id: ClinicId): Outcome<Clinic>
}

/** Grants and revokes. */
interface ConsentService {
    /** Emits whenever a grant or a share may have changed, or somebody opened one. */
    val changes: Flow<Unit>

    /**
     * How many decisions no server was told of; null until they were counted. A wallet that is locked keeps the last count. What a
     * server has and the ledger or the clinic does not yet is none of them: [Grant.isOnItsWay].
     */
    val unsent: StateFlow<Int?>

    /** What clinics have read, as each sync learns of it; once each. */
    val reads: Flow<ClinicRead>

    /** Every grant, newest first. */
    suspend fun grants(): Outcome<List<Grant>>

    /** Takes what a clinic asks for by its code, proved to be its own; nothing is given by that. */
    suspend fun takeRequest(code: String): Outcome<AccessRequest>

    /** Refuses what a clinic asks for, for ever; needs no network, and nobody is told. */
    suspend fun refuseRequest(id: RequestId): Outcome<Unit>

    /** What the clinic would see under these terms, if they were granted now. */
    suspend fun preview(terms: GrantTerms): Outcome<GrantPreview>

    /** What a grant covers of the records that there are now. */
    suspend fun preview(id: GrantId): Outcome<GrantPreview>

    /** For how long from now a grant can be extended, ascending; empty where nothing makes it longer, or it is over. */
    suspend fun extensionDurations(id: GrantId): Outcome<List<Duration>>

    /** Grants, with the owner's [pin] as proof that it is the owner; the caller overwrites it afterwards. */
    suspend fun grant(pin: ByteArray, terms: GrantTerms): Outcome<Grant>

    /**
     * Gives the same access anew for so long from now, with the owner's [pin] as proof; the caller overwrites it afterwards. The former one
     * ends with it only where the new one stands already.
     */
    suspend fun extend(pin: ByteArray, id: GrantId, duration: Duration): Outcome<GrantExtension>

    /** Ends a grant on this phone at once, also offline, and returns where it stands now. */
    suspend fun revoke(id: GrantId): Outcome<GrantState>

    /** Sends what is queued and fetches what is new. */
    suspend fun sync(): Outcome<Unit>

    /** The same, and gives a host that lost records all of them again, however much that is. */
    suspend fun sendAgain(): Outcome<Unit>
}

/** Shares by QR code. */
interface ShareService {
    /** What would leave with a share of these categories; none: what a clinic asks for at check-in. Nothing is sent. */
    suspend fun preview(categories: Set<Category>): Outcome<SharePreview>

    /** Whether the [passcode], UTF-8, may be that of a share ([org.keepwell.wallet.model.Problem.PasscodeUnsuitable]). */
    suspend fun checkPasscode(passcode: ByteArray): Outcome<Unit>

    /** Puts the chosen records behind a new link; returns after the host has them. With a [passcode], UTF-8, it opens only with that. */
    suspend fun share(request: ShareRequest, passcode: ByteArray? = null): Outcome<NewShare>

    /**
     * The same, granted on the ledger, for one of [Choices.shareLivesOnLedger], with the owner's [pin] as proof; the caller overwrites both arrays
     * afterwards. What is pending then opens once the ledger has it, with which [ConsentService.sync] goes on.
     */
    suspend fun shareOnLedger(pin: ByteArray, request: ShareRequest, passcode: ByteArray? = null): Outcome<NewShare>

    /** The link of a share that was made before and has not ended; needs no network. */
    suspend fun link(id: ShareId): Outcome<ShareLink>

    /** Every share, newest first. */
    suspend fun list(): Outcome<List<Share>>

    /** Pauses, resumes or ends a share. What closes it also offline: [Share.isTold] says whether the host knows, and a sync tells it. */
    suspend fun change(id: ShareId, action: ShareAction): Outcome<Share>

    /** Who opened a share or tried to, oldest first. */
    suspend fun openings(id: ShareId): Outcome<List<ShareOpening>>

    /** The link as a QR code. */
    suspend fun qrCode(link: ShareLink): Outcome<QrCode>
}

/** Reads what happened. */
interface LogService {
    /** What the owner did, and what others did as far as the host is reached and keeps it. */
    suspend fun read(): Outcome<Log>

    /** The same about one access, and how many records were read under it. */
    suspend fun activity(id: GrantId): Outcome<GrantActivity>
}
