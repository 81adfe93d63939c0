package org.keepwell.wallet.fake

import com.google.zxing.BarcodeFormat
import com.google.zxing.qrcode.QRCodeWriter
import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import org.keepwell.wallet.model.AccessRequest
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.Cursor
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantActivity
import org.keepwell.wallet.model.GrantExtension
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Log
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.NewShare
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Overview
import org.keepwell.wallet.model.PasscodeReason
import org.keepwell.wallet.model.PreviewedCategory
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordOrder
import org.keepwell.wallet.model.RecordPage
import org.keepwell.wallet.model.RecordPicture
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RecordSummary
import org.keepwell.wallet.model.SeriesResult
import org.keepwell.wallet.model.Share
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.SharePreview
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.model.WordsReason
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.service.ClinicService
import org.keepwell.wallet.service.ConsentService
import org.keepwell.wallet.service.LockService
import org.keepwell.wallet.service.LogService
import org.keepwell.wallet.service.ReadWords
import org.keepwell.wallet.service.RecordService
import org.keepwell.wallet.service.ShareService
import org.keepwell.wallet.service.WalletServices

/** A wallet that behaves, in memory: it locks, counts wrong PINs, queues offline and ends what was ended. */
class FakeWallet(
    private val clock: InstantSource,
    private var pin: String = PIN,
    unlocked: Boolean = false,
    isThere: Boolean = true,
    /** The wallet that an earlier process had, locked since: its grants, shares and log are here again. */
    before: FakeWallet? = null,
) : WalletServices {
    /** Whether the network is there. */
    var isOnline = true

    /** Whether the host takes what was decided. */
    var isHostTaking = true

    /** Whether the ledger includes what the host takes. */
    var isLedgerReached = true

    /** Whether a clinic's inbox takes what it is sent. */
    var isClinicReached = true

    /** Whether the phone's own key for the wallet is still there. */
    var hasDeviceKey = true

    /** Whether it stays open out of sight. */
    var staysOpen = false

    /** Whether it locks itself as soon as it has another PIN. */
    var locksAfterChange = false

    /** Whether it is time to lock, which it does before anything is read. */
    var isLockDue = false

    /** What it waits for before it says whether it is time to lock; null while that is quick. */
    var looking: CompletableDeferred<Unit>? = null

    /** What it is at, so that hearing that the app is out of sight waits; null while it is at nothing. */
    var hearing: CompletableDeferred<Unit>? = null

    /** What ending access and changing a share wait for, and what is done after a longer one was made; null while it is quick. */
    var deciding: CompletableDeferred<Unit>? = null

    /** What making an access longer fails with after it was made. */
    var extendProblem: Problem? = null

    /** What the texts among the files say; null for the usual. */
    var attachmentText: String? = null

    /** What taking a file out of a record fails with. */
    var attachmentProblem: Problem? = null

    /** What slow calls wait for; null while none is slow. */
    var gate: CompletableDeferred<Unit>? = null

    /** Every byte array that was handed in as a PIN, to see that callers overwrite them. */
    val pins = ArrayList<ByteArray>()

    /** The same for words and passphrases. */
    val texts = ArrayList<ByteArray>()

    /** The same for passcodes of shares. */
    val passcodes = ArrayList<ByteArray>()

    /** The passcode with which the newest share opens. */
    var sharePasscode: String? = null

    /** What was told with the newest share. */
    var shareStory: String? = null

    /** How many sets of words were read and not yet let go of. */
    var wordsHeld = 0

    override val start = FakeStart(this, isThere)
    override val connection = start.connecting
    override val words = start.showing
    override val imports = FakeImports(this, clock)
    override val sources = FakeSources(this, clock)
    override val status = start.waiting
    override val safety = FakeSafety(this)

    val clinicList = FakeData.clinics.toMutableList()
    val recordList = if (isThere) FakeData.records.toMutableList() else ArrayList()
    private val untold = HashSet<GrantId>()
    val grantList: ArrayList<Grant> = ArrayList(before?.grantList.orEmpty())
    private val shareList: ArrayList<Share> = ArrayList(before?.shareList.orEmpty())
    private val openingList: ArrayList<ShareOpening> = ArrayList(before?.openingList.orEmpty())
    private val logList: ArrayList<LogEntry> = ArrayList(before?.logList.orEmpty())
    private val recordsRead: HashMap<GrantId, Long> = HashMap(before?.recordsRead.orEmpty())
    val overviews: FakeOverview = FakeOverview(this, grantList, clock, before?.overviews)

    /** How many files the host was given to keep behind a link. */
    var uploads = 0
        private set
    private val open = MutableStateFlow(unlocked)
    private val changed = MutableSharedFlow<Unit>(extraBufferCapacity = 16)
    private val waiting = MutableStateFlow<Int?>(null)
    private var told = 0
    private var failures = 0
    private var blockedUntil = Instant.MIN

    override val choices = FakeData.CHOICES

    override val lock = object : LockService {
        override val isUnlocked = open

        override suspend fun unlock(pin: ByteArray): Outcome<Unit> = check(pin).also {
            if (it is Outcome.Done) open.value = true
            count()
        }

        override suspend fun readWords(text: ByteArray): Outcome<ReadWords> {
            texts += text
            val typed = typed(text)
            return fault(typed)?.let { Outcome.Failed(it) } ?: Outcome.Done(HeldWords(typed))
        }

        override suspend fun suggestWords(text: ByteArray): Outcome<List<String>> {
            texts += text
            val unknown = typed(text).find { it !in KNOWN } ?: return Outcome.Done(emptyList())
            return Outcome.Done(KNOWN.filter { it.startsWith(unknown.take(3)) }.take(3))
        }

        override suspend fun lock() {
            gate?.await()
            open.value = false
        }

        override suspend fun look() {
            looking?.await()
            if (isLockDue) open.value = false
            isLockDue = false
        }

        override suspend fun setInBackground(inBackground: Boolean) {
            gate?.await()
            hearing?.await()
            if (inBackground && !staysOpen) open.value = false
        }
    }

    /** Why these are no recovery words. */
    fun fault(typed: List<String>): Problem? {
        val unknown = typed.indexOfFirst { it !in KNOWN }
        return when {
            typed.size != WORDS.size -> Problem.WordsUnreadable(WordsReason.WORD_COUNT, null)
            unknown >= 0 -> Problem.WordsUnreadable(WordsReason.UNKNOWN_WORD, unknown + 1)
            typed.sorted() == WORDS.sorted() && typed != WORDS -> Problem.WordsUnreadable(WordsReason.MNEMONIC_CHECKSUM, null)
            else -> null
        }
    }

    private inner class HeldWords(private val words: List<String>) : ReadWords {
        init {
            wordsHeld++
        }

        override suspend fun unlock(passphrase: ByteArray, newPin: ByteArray): Outcome<Unit> {
            texts += passphrase
            pins += newPin
            val isGuessable = newPin.distinct().size == 1
            return when {
                isGuessable -> Outcome.Failed(Problem.PinUnsuitable("PinGuessable"))
                words != WORDS || passphrase.isNotEmpty() -> Outcome.Failed(Problem.WrongWords)
                else -> {
                    pin = newPin.decodeToString()
                    hasDeviceKey = true
                    failures = 0
                    blockedUntil = Instant.MIN
                    open.value = true
                    Outcome.Done(Unit)
                }
            }
        }

        override fun close() {
            wordsHeld--
        }
    }

    fun typed(text: ByteArray) = text.decodeToString().lowercase().split(Regex("[^\\p{L}]+")).filter { it.isNotEmpty() }

    override val records = object : RecordService {
        override val changes = imports.changes

        override suspend fun overview(): Outcome<Overview> = overviews.read()

        override suspend fun markSeen(newest: Arrival): Outcome<Unit> = overviews.markSeen(newest)

        override suspend fun counts() = whileOpen {
            recordList.groupingBy { it.summary.category }.eachCount().toSortedMap()
                .map { (category, count) -> CategoryCount(category, count.toLong()) }
        }

        override suspend fun page(query: RecordQuery) = whileOpen {
            val found = recordList.map { it.summary }.filter {
                (query.category == null || it.category == query.category) &&
                    (query.text == null || it.title.orEmpty().contains(query.text.orEmpty(), ignoreCase = true)) &&
                    (query.since == null || it.date.orEmpty() >= query.since.toString().take(10))
            }.run { if (query.order == RecordOrder.LATEST_ARRIVAL) sortedByDescending { it.arrived } else sortedByDescending { it.date } }
            val from = query.after?.value?.toInt() ?: 0
            val until = minOf(from + RECORDS_ON_PAGE, found.size)
            RecordPage(found.subList(from, until), if (until < found.size) Cursor(until.toString()) else null)
        }

        override suspend fun picture(id: RecordId): Outcome<RecordPicture> {
            if (!open.value) return Outcome.Failed(Problem.Locked)
            val record = recordList.find { it.summary.id == id } ?: return Outcome.Failed(Problem.NotFound("NoSuchRecord"))
            return Outcome.Done(record.picture)
        }

        override suspend fun history(id: RecordId) = whileOpen { recordList.find { it.summary.id == id }?.versions.orEmpty() }

        override suspend fun series(id: RecordId) = whileOpen {
            val title = recordList.find { it.summary.id == id }?.summary?.title
            recordList.filter { it.summary.title == title }.sortedByDescending { it.summary.date }.map { SeriesResult(it.summary.id, it.picture.row) }
        }

        override suspend fun attachment(id: RecordId, index: Int): Outcome<RecordAttachment> {
            if (!open.value) return Outcome.Failed(Problem.Locked)
            attachmentProblem?.let { return Outcome.Failed(it) }
            val named = recordList.find { it.summary.id == id }?.picture?.attachments?.getOrNull(index)
            if (named?.isHere != true) return Outcome.Failed(Problem.AttachmentMissing)
            val text = attachmentText?.takeIf { named.contentType == "text/plain" }
            return Outcome.Done(RecordAttachment(named.contentType, named.title, text?.encodeToByteArray() ?: FakeData.bytes(named.contentType)))
        }

        override suspend fun content(id: RecordId): Outcome<ByteArray> {
            if (!open.value) return Outcome.Failed(Problem.Locked)
            val record = recordList.find { it.summary.id == id } ?: return Outcome.Failed(Problem.NotFound("NoSuchRecord"))
            return Outcome.Done(record.content.encodeToByteArray())
        }
    }

    private val changedKeys = MutableSharedFlow<ClinicId>(extraBufferCapacity = 16)

    override val clinics = object : ClinicService {
        override val keyChanges = changedKeys

        override suspend fun list() = whileOnline { clinicList.sortedBy { it.name } }

        override fun find(clinics: List<Clinic>, text: String) =
            clinics.filter { "${it.name} ${it.place}".contains(text.trim(), ignoreCase = true) }

        override suspend fun prove(id: ClinicId): Outcome<Clinic> {
            val listed = whileOnline { clinicList.toList() }.orElse { return Outcome.Failed(it) }.orEmpty()
            return listed.find { it.id == id }?.let { Outcome.Done(it) } ?: Outcome.Failed(Problem.NotFound("UnknownProvider"))
        }
    }

    /** What a sync has learned of clinics. */
    val readNews = MutableSharedFlow<ClinicRead>(extraBufferCapacity = 16)

    /** What codes ask for. */
    val requests = mutableMapOf<String, AccessRequest>()

    /** What was answered, also by refusing it. */
    val answered = mutableListOf<RequestId>()

    override val consent = object : ConsentService {
        override val changes = changed

        override val unsent = waiting

        override val reads = readNews

        override suspend fun grants() = whileOpen { grantList.reversed() }

        override suspend fun takeRequest(code: String): Outcome<AccessRequest> {
            whileOnline { }.orElse { return Outcome.Failed(it) }
            return requests[code]?.let { Outcome.Done(it) } ?: Outcome.Failed(Problem.RequestUnproved("NotARequest"))
        }

        override suspend fun refuseRequest(id: RequestId): Outcome<Unit> {
            if (id in answered) return Outcome.Failed(Problem.RequestOver("RequestAnswered"))
            return whileOpen { answered += id }
        }

        override suspend fun preview(terms: GrantTerms) = whileOpen {
            val (seen, hidden) = recordList.partition { it.summary.category in terms.categories }
            GrantPreview(byCategory(seen), hidden.size.toLong(), along = if (seen.isEmpty()) 0 else 2)
        }

        override suspend fun preview(id: GrantId): Outcome<GrantPreview> {
            val grant = grantList.find { it.id == id } ?: return Outcome.Failed(Problem.NotFound("NoSuchGrant"))
            return preview(grant.run { GrantTerms(clinic, categories.toSet(), purpose, 1.days) })
        }

        override suspend fun extensionDurations(id: GrantId) = whileOpen {
            val grant = grantList.first { it.id == id }
            if (!grant.state.isInForce) emptyList() else choices.grantDurations.filter { clock.instant() + it.toJavaDuration() > grant.notAfter }
        }

        override suspend fun grant(pin: ByteArray, terms: GrantTerms): Outcome<Grant> {
            check(pin).orElse { return Outcome.Failed(it) }
            if (terms.request in answered) return Outcome.Failed(Problem.RequestOver("RequestAnswered"))
            val clinic = clinics.prove(terms.clinic).orElse { return Outcome.Failed(it) } ?: error("proved")
            when (clinic.standing) {
                ClinicStanding.KEY_CHANGED -> return Outcome.Failed(Problem.ClinicKeyChanged)
                ClinicStanding.SUSPENDED -> return Outcome.Failed(Problem.ClinicSuspended)
                else -> Unit
            }
            val now = clock.instant()
            val grant = Grant(
                GrantId("%064x".format(grantList.size + 1)), clinic.id, clinic.name, terms.categories.sorted(), terms.purpose,
                now, now.plus(terms.duration.toJavaDuration()), GrantState.PENDING, now, false, "%06d".format(42_917 + grantList.size), null,
            )
            terms.request?.let { answered += it }
            grantList += grant
            untold += grant.id
            note(LogEvent.GRANTED, clinic.name, grant = grant.id)
            changed.tryEmit(Unit)
            count()
            return Outcome.Done(grant)
        }

        override suspend fun extend(pin: ByteArray, id: GrantId, duration: Duration): Outcome<GrantExtension> {
            val before = grantList.find { it.id == id } ?: return Outcome.Failed(Problem.NotFound("NoSuchGrant"))
            if (!before.state.isInForce) return Outcome.Failed(Problem.Other("GrantState"))
            val terms = GrantTerms(before.clinic, before.categories.toSet(), before.purpose, duration)
            val made = grant(pin, terms).orElse { return Outcome.Failed(it) } ?: error("made")
            fun now(grant: GrantId) = grantList.first { it.id == grant }
            deciding?.await()
            if (!open.value) return Outcome.Failed(Problem.Locked)
            extendProblem?.let { return Outcome.Failed(it) }
            sync()
            if (now(made.id).isGiven) {
                revoke(id)
                sync()
            }
            return Outcome.Done(GrantExtension(now(made.id), now(id).state))
        }

        override suspend fun revoke(id: GrantId): Outcome<GrantState> {
            deciding?.await()
            if (!open.value) return Outcome.Failed(Problem.Locked)
            val at = grantList.indexOfFirst { it.id == id }
            if (at < 0) return Outcome.Failed(Problem.NotFound("NoSuchGrant"))
            val grant = grantList[at]
            if (!grant.state.isInForce) return Outcome.Failed(Problem.Other("GrantState"))
            grantList[at] = grant.copy(state = GrantState.REVOKING, since = clock.instant())
            untold += id
            note(LogEvent.REVOKED, grant.clinicName, grant = id)
            changed.tryEmit(Unit)
            count()
            return Outcome.Done(GrantState.REVOKING)
        }

        override suspend fun sendAgain(): Outcome<Unit> = sync().also { if (it is Outcome.Done) overviews.sent(agreed = true) }

        override suspend fun sync(): Outcome<Unit> = whileOnline {
            if (!isHostTaking) return@whileOnline
            overviews.sent(agreed = false)
            val before = grantList.toList() to shareList.toList()
            untold.clear()
            grantList.replaceAll {
                when (it.state) {
                    GrantState.PENDING ->
                        if (isLedgerReached) it.copy(state = GrantState.ACTIVE, delivered = isClinicReached) else it
                    GrantState.ACTIVE -> it.copy(delivered = it.delivered || isClinicReached)
                    GrantState.REVOKING ->
                        if (isLedgerReached) it.copy(state = GrantState.REVOKED, stoppedBy = StoppedBy.LEDGER) else it.copy(stoppedBy = StoppedBy.HOST)
                    else -> it
                }
            }
            shareList.replaceAll { it.copy(isTold = true, ledger = it.ledger?.shown()) }
            if (before != grantList to shareList || openingList.size > told) changed.tryEmit(Unit)
            told = openingList.size
            count()
        }
    }

    override val shares = object : ShareService {
        override suspend fun preview(categories: Set<Category>): Outcome<SharePreview> {
            whileOpen { }.orElse { return Outcome.Failed(it) }
            val leaving = recordList.filter { categories.isEmpty() || it.summary.category in categories }
            if (leaving.isEmpty()) return Outcome.Failed(Problem.NothingToShare)
            return Outcome.Done(SharePreview(byCategory(leaving), along = 2, hasPdf = true))
        }

        override suspend fun checkPasscode(passcode: ByteArray): Outcome<Unit> {
            passcodes += passcode
            val typed = passcode.decodeToString()
            return when {
                typed.length !in 6..64 -> Outcome.Failed(Problem.PasscodeUnsuitable(PasscodeReason.LENGTH))
                typed.any { it !in ' '..'~' } -> Outcome.Failed(Problem.PasscodeUnsuitable(PasscodeReason.CHARACTER))
                typed.toSet().size == 1 -> Outcome.Failed(Problem.PasscodeUnsuitable(PasscodeReason.GUESSABLE))
                else -> Outcome.Done(Unit)
            }
        }

        override suspend fun share(request: ShareRequest, passcode: ByteArray?): Outcome<NewShare> =
            if (request.life > 1.days) Outcome.Failed(Problem.Other("ShareTooLong")) else share(request, passcode, ledger = null)

        override suspend fun shareOnLedger(pin: ByteArray, request: ShareRequest, passcode: ByteArray?): Outcome<NewShare> {
            check(pin).orElse { return Outcome.Failed(it) }
            return share(request, passcode, if (isLedgerReached) GrantState.ACTIVE else GrantState.PENDING)
        }

        private suspend fun share(request: ShareRequest, passcode: ByteArray?, ledger: GrantState?): Outcome<NewShare> {
            passcode?.let { passcodes += it }
            sharePasscode = passcode?.decodeToString()
            gate?.await()
            whileOnline { }.orElse { return Outcome.Failed(it) }
            if (!start.isConnected) return Outcome.Failed(Problem.NotConnected)
            preview(request.categories).orElse { return Outcome.Failed(it) }
            if (request.story.length > 30_000) return Outcome.Failed(Problem.StoryTooLong)
            shareStory = request.story
            val now = clock.instant()
            val id = ShareId("%032x".format(shareList.size + 1))
            val share = Share(id, now, now.plus(request.life.toJavaDuration()), ShareState.ACTIVE, true, request.followsRecord, passcode != null, ledger)
            shareList += share
            uploads++
            note(LogEvent.SHARE_MADE, null)
            return Outcome.Done(NewShare(share, ShareLink(LINK + share.id.hex)))
        }

        override suspend fun link(id: ShareId): Outcome<ShareLink> {
            val share = whileOpen { shareList.first { it.id == id } }.orElse { return Outcome.Failed(it) } ?: error("open")
            val hasEnded = share.state == ShareState.REVOKED || clock.instant() >= share.expires
            return if (hasEnded) Outcome.Failed(Problem.ShareEnded) else Outcome.Done(ShareLink(LINK + id.hex))
        }

        override suspend fun list() = whileOpen { shareList.reversed() }

        override suspend fun change(id: ShareId, action: ShareAction): Outcome<Share> {
            deciding?.await()
            // What closes is decided here, what opens only with the host's word.
            val asked = if (action == ShareAction.RESUME) whileOnline { } else whileOpen { }
            asked.orElse { return Outcome.Failed(it) }
            val at = shareList.indexOfFirst { it.id == id }
            if (shareList[at].state == ShareState.REVOKED) return Outcome.Failed(Problem.ShareEnded)
            val state = when (action) {
                ShareAction.PAUSE -> ShareState.PAUSED
                ShareAction.RESUME -> ShareState.ACTIVE
                ShareAction.REVOKE -> ShareState.REVOKED
            }
            val ledger = shareList[at].ledger.let { if (action != ShareAction.REVOKE) it else it?.ended() }
            shareList[at] = shareList[at].copy(state = state, isTold = isOnline, ledger = ledger)
            changed.tryEmit(Unit)
            count()
            return Outcome.Done(shareList[at])
        }

        override suspend fun openings(id: ShareId) = whileOnline { openingList.toList() }

        override suspend fun qrCode(link: ShareLink): Outcome<QrCode> {
            val matrix = QRCodeWriter().encode(link.expose(), BarcodeFormat.QR_CODE, 1, 1, mapOf(com.google.zxing.EncodeHintType.MARGIN to 0))
            return Outcome.Done(QrCode(matrix.width) { x, y -> matrix[x, y] })
        }
    }

    override val log = object : LogService {
        override suspend fun read() = whileOpen {
            val known = if (isOnline) logList else logList.filter { it.event in OWN }
            Log(known.reversed(), isOwnOnly = !isOnline)
        }

        override suspend fun activity(id: GrantId) = whileOpen {
            val known = logList.filter { it.grant == id && (isOnline || it.event in OWN) }
            GrantActivity(known.reversed(), if (isOnline) recordsRead[id] ?: 0 else null)
        }
    }

    /** Where a share's grant stands once the ledger was asked. */
    private fun GrantState.shown() = when {
        !isLedgerReached -> this
        this == GrantState.PENDING -> GrantState.ACTIVE
        this == GrantState.REVOKING -> GrantState.REVOKED
        else -> this
    }

    private fun GrantState.ended() = if (this == GrantState.REVOKED) this else if (isOnline) GrantState.REVOKING.shown() else GrantState.REVOKING

    private fun byCategory(records: List<FakeRecord>) =
        records.map { it.summary }.sortedByDescending { it.date }.groupBy { it.category }.toSortedMap()
            .map { (category, summaries) -> PreviewedCategory(category, summaries) }

    private fun count() {
        if (open.value) waiting.value = untold.size + shareList.count { !it.isTold }
    }

    /** A clinic has another key, and the wallet came to know it. */
    fun changedKey(clinic: Clinic) {
        clinicList.replaceAll { if (it.id == clinic.id) it.copy(standing = ClinicStanding.KEY_CHANGED) else it }
        changedKeys.tryEmit(clinic.id)
    }

    /** Somebody opens the newest share. */
    fun opened(recipient: String) {
        openingList += ShareOpening(clock.instant(), recipient, true)
        note(LogEvent.SHARE_OPENED, recipient)
    }

    /** Adds a grant as if it had been made before. */
    fun granted(clinic: Clinic, state: GrantState, terms: GrantTerms, since: Instant = clock.instant()) {
        grantList += Grant(
            GrantId("%064x".format(grantList.size + 1)), clinic.id, clinic.name, terms.categories.sorted(), terms.purpose,
            since, since.plus(terms.duration.toJavaDuration()), state, since, true, "%06d".format(805_112 + grantList.size),
            StoppedBy.LEDGER.takeIf { state == GrantState.REVOKED },
        )
        note(LogEvent.GRANTED, clinic.name, since, grantList.last().id)
    }

    /** The clinic of a grant reads so many records under it. */
    fun read(grant: Grant, records: Long, newRecords: Long = records) {
        logList += LogEntry(clock.instant(), LogEvent.RECORDS_READ, grant.clinicName, grant.id, records)
        recordsRead[grant.id] = newRecords + (recordsRead[grant.id] ?: 0)
    }

    private fun note(event: LogEvent, about: String?, time: Instant = clock.instant(), grant: GrantId? = null) {
        logList += LogEntry(time, event, about, grant)
    }

    /** There is a wallet now, of this PIN, and it is open. */
    fun make(newPin: ByteArray) {
        pin = newPin.decodeToString()
        open.value = !locksAfterChange
    }

    /** A finger opens it. */
    fun openByFinger() {
        open.value = true
        count()
    }

    /** Whether the owner is here. */
    fun check(given: ByteArray): Outcome<Unit> {
        pins += given
        val wait = blockedUntil.epochSecond - clock.instant().epochSecond
        return when {
            !hasDeviceKey -> Outcome.Failed(Problem.DeviceKeyLost)
            failures >= MOST_FAILURES -> Outcome.Failed(Problem.PinSlotDestroyed)
            wait > 0 -> Outcome.Failed(Problem.PinDelayed(wait))
            given.decodeToString() == pin -> Outcome.Done(Unit).also { failures = 0 }
            ++failures >= MOST_FAILURES -> Outcome.Failed(Problem.PinSlotDestroyed)
            else -> {
                if (failures >= 4) blockedUntil = clock.instant().plusSeconds(30)
                Outcome.Failed(Problem.WrongPin(MOST_FAILURES - failures))
            }
        }
    }

    fun <T> whileOpen(read: () -> T): Outcome<T> = if (open.value) Outcome.Done(read()) else Outcome.Failed(Problem.Locked)

    fun <T> whileOnline(read: () -> T): Outcome<T> =
        if (open.value && !isOnline) Outcome.Failed(Problem.Offline) else whileOpen(read)

    companion object {
        const val PIN = "270914"
        const val LINK = "https://share.example.org/viewer#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvIn0"
        private const val MOST_FAILURES = 10
        private const val RECORDS_ON_PAGE = 50

        /** The words that open it, and more that are words. */
        val WORDS = (
            "orbit velvet canyon ladder mimic puzzle harvest timber nectar gravity ribbon fossil " +
                "walnut sunset pigeon oxygen copper island magnet drift unveil glove anchor zebra"
            ).split(' ')
        val KNOWN = WORDS + listOf("cannon", "candy", "zero")
        private val OWN = setOf(LogEvent.GRANTED, LogEvent.REVOKED, LogEvent.SHARE_MADE)
    }
}
