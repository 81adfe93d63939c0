package org.keepwell.wallet.rust

import java.time.Duration
import kotlin.time.toJavaDuration
import kotlin.time.toKotlinDuration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.channels.awaitClose
import kotlinx.coroutines.channels.trySendBlocking
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.MutableSharedFlow
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asSharedFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.callbackFlow
import kotlinx.coroutines.launch
import kotlinx.coroutines.sync.Mutex
import kotlinx.coroutines.sync.withLock
import kotlinx.coroutines.withContext
import org.keepwell.AccessRequestAnswer
import org.keepwell.Event
import org.keepwell.GrantRequest
import org.keepwell.Observer
import org.keepwell.Passphrase
import org.keepwell.Pin
import org.keepwell.ProviderId
import org.keepwell.ProviderSelection
import org.keepwell.RecoveryWords
import org.keepwell.Scope
import org.keepwell.SyncOptions
import org.keepwell.Wallet
import org.keepwell.WalletConfig
import org.keepwell.WalletException
import org.keepwell.checkSharePasscode
import org.keepwell.findProviders
import org.keepwell.wallet.model.Arrival
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.Choices
import org.keepwell.wallet.model.Clinic
import org.keepwell.wallet.model.ClinicId
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.Deed
import org.keepwell.wallet.model.GrantActivity
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Log
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.model.RecordId
import org.keepwell.wallet.model.RecordQuery
import org.keepwell.wallet.model.RequestId
import org.keepwell.wallet.model.ShareAction
import org.keepwell.wallet.model.ShareId
import org.keepwell.wallet.model.ShareLink
import org.keepwell.wallet.model.ShareRequest
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.ClinicService
import org.keepwell.wallet.service.Connection
import org.keepwell.wallet.service.ConnectionService
import org.keepwell.wallet.service.ConsentService
import org.keepwell.wallet.service.ImportService
import org.keepwell.wallet.service.LockService
import org.keepwell.wallet.service.LogService
import org.keepwell.wallet.service.ReadWords
import org.keepwell.wallet.service.RecordService
import org.keepwell.wallet.service.SafetyService
import org.keepwell.wallet.service.ShareService
import org.keepwell.wallet.service.SourceService
import org.keepwell.wallet.service.StartService
import org.keepwell.wallet.service.StatusService
import org.keepwell.wallet.service.WalletServices
import org.keepwell.wallet.service.WordsService
import org.keepwell.withAuthentication

/**
 * The wallet itself: each call goes to the library, which does it on a thread of its own and blocks nobody.
 *
 * It is opened at once, and once; [scope] lives as long as the app. [builtIn] is the connection that the app comes with, as
 * its file has it. [doing] hears what is done before the phone may be asked who holds it.
 */
class RustWallet(
    private val config: WalletConfig,
    private val scope: CoroutineScope,
    builtIn: ByteArray? = null,
    private val doing: (Deed) -> Unit = {},
) : WalletServices {
    private val opening = Mutex()
    private var opened: Wallet? = null
    private var following: Job? = null

    /** A wallet that is made, fetched or opened later learns it, too. */
    @Volatile
    private var isInBackground = false
    private val unlocked = MutableStateFlow(false)
    private val recordChanges = MutableSharedFlow<Unit>(extraBufferCapacity = 16)
    private val statusChanges = MutableSharedFlow<Unit>(extraBufferCapacity = 16)
    private val decisionChanges = MutableSharedFlow<Unit>(extraBufferCapacity = 16)
    private val readChanges = MutableSharedFlow<ClinicRead>(extraBufferCapacity = 16)
    private val changedKeys = MutableSharedFlow<ClinicId>(extraBufferCapacity = 16)
    private val waiting = MutableStateFlow<Int?>(null)
    private val counting = Mutex()

    override val choices: Choices by lazy { org.keepwell.choices().toModel() }

    override val lock = object : LockService {
        override val isUnlocked: StateFlow<Boolean> = unlocked.asStateFlow()

        override suspend fun unlock(pin: ByteArray) = asking(Deed.OPEN) {
            // What it proves is not needed here; granting asks anew.
            Pin(pin).use { typed -> it.unlock(typed) }.use { authentication -> authentication.void() }
            unlocked.value = it.isUnlocked()
        }

        override suspend fun readWords(text: ByteArray) = asking { LibraryWords(RecoveryWords.parse(text)) }

        override suspend fun suggestWords(text: ByteArray) = asking { org.keepwell.suggestWords(text) }

        override suspend fun lock() {
            asking {
                try {
                    it.lock()
                } finally {
                    // The event comes later, and until then what is locked would be shown.
                    unlocked.value = it.isUnlocked()
                }
            }
        }

        override suspend fun look() {
            val wallet = opened ?: return
            // What only reads waits for a wallet that has to lock first, and for nothing else that it is at.
            outcome { wallet.status() }
            unlocked.value = wallet.isUnlocked()
        }

        override suspend fun setInBackground(inBackground: Boolean) {
            isInBackground = inBackground
            asking { it.setInBackground(inBackground) }
        }
    }

    private val made = RustStart(config, builtIn, { doing(Deed.PROTECT) }, ::adopt)

    override val start: StartService = made

    override val connection = object : ConnectionService {
        override suspend fun connect(pin: ByteArray, connection: Connection) = asking(Deed.CONNECT) {
            Pin(pin).use { typed -> it.withAuthentication(typed) { authentication -> it.connect(authentication, connection) } }
        }.also { statusChanges.tryEmit(Unit) }
    }

    override val words = object : WordsService {
        override suspend fun show(pin: ByteArray) = asking(Deed.SEE_WORDS) { wallet ->
            val authentication = Pin(pin).use { wallet.unlock(it) }
            val text = authentication.words()
            try {
                ConfirmableWords(RecoveryWords.parse(text), wallet, authentication) { statusChanges.tryEmit(Unit) }
            } finally {
                text.fill(0)
            }
        }
    }

    override val imports: ImportService = RustImports(this) {
        recordChanges.tryEmit(Unit)
        statusChanges.tryEmit(Unit)
    }

    override val sources: SourceService = RustSources(this) {
        recordChanges.tryEmit(Unit)
        statusChanges.tryEmit(Unit)
    }

    override val safety: SafetyService = RustSafety(this, unlocked = { unlocked.value = it.isUnlocked() }, ended = ::end)

    override val status = object : StatusService {
        override val changes = statusChanges.asSharedFlow()

        override suspend fun ledgerQuestions() = asking { it.ledgerQuestions()?.toModel() }
    }

    override val records = object : RecordService {
        override val changes = recordChanges.asSharedFlow()

        override suspend fun overview() = asking { it.overview().toModel() }

        override suspend fun markSeen(newest: Arrival) = asking { it.markSeen(newest.toLibrary()) }

        override suspend fun counts() = asking { it.recordCounts().map { one -> one.toModel() } }

        override suspend fun page(query: RecordQuery) = asking { it.records(query.toLibrary()).toModel() }

        override suspend fun picture(id: RecordId) = asking { it.recordView(id.toLibrary()).toModel() }

        override suspend fun history(id: RecordId) = asking { it.recordHistory(id.toLibrary()).map { one -> one.toModel() } }

        override suspend fun series(id: RecordId) = asking { it.recordSeries(id.toLibrary()).map { one -> one.toModel() } }

        override suspend fun attachment(id: RecordId, index: Int) =
            asking { it.attachment(id.toLibrary(), index.toUInt()).run { RecordAttachment(contentType, title, bytes) } }

        override suspend fun content(id: RecordId) = asking { it.record(id.toLibrary()) }
    }

    override val clinics = object : ClinicService {
        override val keyChanges = changedKeys.asSharedFlow()

        override suspend fun list() = asking { it.providers().map { one -> one.toModel() } }

        override fun find(clinics: List<Clinic>, text: String) = findProviders(clinics.map { it.toLibrary() }, text).map { it.toModel() }

        override suspend fun prove(id: ClinicId) = asking {
            val proved = it.provider(ProviderSelection.ById(ProviderId(id.hex)))
            Clinic(id, proved.name, proved.place.ifBlank { null }, proved.state.toModel())
        }
    }

    override val consent = object : ConsentService {
        override val changes = decisionChanges.asSharedFlow()

        override val unsent: StateFlow<Int?> = waiting.asStateFlow()

        override val reads = readChanges.asSharedFlow()

        override suspend fun grants() = asking { it.grants().map { one -> one.toModel() } }

        override suspend fun takeRequest(code: String) = asking { it.noteAccessRequest(code).toModel() }

        override suspend fun refuseRequest(id: RequestId) = asking { it.refuseAccessRequest(org.keepwell.RequestId(id.hex)) }

        override suspend fun preview(terms: GrantTerms) = asking { it.previewGrant(terms.scope()).toModel() }

        override suspend fun preview(id: GrantId) = asking { it.previewOfGrant(id.toLibrary()).toModel() }

        override suspend fun extensionDurations(id: GrantId) =
            asking { it.extensionDurations(id.toLibrary()).map { duration -> duration.toKotlinDuration() } }

        override suspend fun grant(pin: ByteArray, terms: GrantTerms) = asking(Deed.GIVE_ACCESS) {
            val duration = terms.duration.toJavaDuration()
            Pin(pin).use { typed ->
                it.withAuthentication(typed) { authentication ->
                    when (val request = terms.request) {
                        null -> {
                            val clinic = ProviderSelection.ById(ProviderId(terms.clinic.hex))
                            it.grant(authentication, GrantRequest(clinic, terms.scope(), duration, terms.purpose.toLibrary(), !terms.isNamed))
                        }
                        else -> {
                            val answer = AccessRequestAnswer(terms.scope(), duration = duration, isAnonymous = !terms.isNamed)
                            it.approveAccessRequest(authentication, org.keepwell.RequestId(request.hex), answer)
                        }
                    }.toModel()
                }
            }
        }.also { decisionsChanged() }

        override suspend fun extend(pin: ByteArray, id: GrantId, duration: kotlin.time.Duration) = asking(Deed.EXTEND_ACCESS) {
            Pin(pin).use { typed -> it.withAuthentication(typed) { authentication -> it.extendGrant(authentication, id.toLibrary(), duration.toJavaDuration()).toModel() } }
        }.also { decisionsChanged() }

        override suspend fun revoke(id: GrantId) = asking { it.revoke(id.toLibrary()).toModel() }.also { decisionsChanged() }

        override suspend fun sync() = sync(heal = false)

        override suspend fun sendAgain() = sync(heal = true)

        private suspend fun sync(heal: Boolean): Outcome<Unit> {
            // It does not wait for the ledger: other calls would wait behind it.
            return when (val report = asking { it.sync(SyncOptions(wait = Duration.ZERO, heal = heal)) }) {
                is Outcome.Failed -> report
                is Outcome.Done -> {
                    if (report.value.run { sent > 0uL || received > 0uL }) decisionsChanged()
                    if (report.value.offline == null) Outcome.Done(Unit) else Outcome.Failed(Problem.Offline)
                }
            }
        }
    }

    override val shares = object : ShareService {
        override suspend fun preview(categories: Set<Category>) = asking { it.previewShare(categories.toScopes()).toModel() }

        override suspend fun link(id: ShareId) = asking { ShareLink(it.shareLink(id.toLibrary())) }

        override suspend fun checkPasscode(passcode: ByteArray) = asking { checkSharePasscode(passcode.decodeToString()) }

        override suspend fun share(request: ShareRequest, passcode: ByteArray?) = asking { it.share(request.toLibrary(passcode)).toModel() }

        override suspend fun shareOnLedger(pin: ByteArray, request: ShareRequest, passcode: ByteArray?) = asking(Deed.SHARE_FOR_LONG) {
            Pin(pin).use { typed ->
                it.withAuthentication(typed) { authentication -> it.shareOnLedger(authentication, request.toLibrary(passcode)).toModel() }
            }
        }.also { decisionsChanged() }

        override suspend fun list() = asking { it.shares().map { one -> one.toModel() } }

        override suspend fun change(id: ShareId, action: ShareAction) =
            asking { it.changeShare(id.toLibrary(), action.toLibrary()).toModel() }.also { decisionsChanged() }

        override suspend fun openings(id: ShareId) = asking { it.shareLog(id.toLibrary()).map { one -> one.toModel() } }

        override suspend fun qrCode(link: ShareLink) = asking {
            val code = org.keepwell.qrCode(link.expose())
            val size = code.size.toInt()
            QrCode(size) { x, y -> code.modules[y * size + x] == DARK }
        }
    }

    override val log = object : LogService {
        override suspend fun read() = asking {
            val log = it.activity()
            Log(log.entries.map { one -> one.toModel() }, log.isOwnOnly)
        }

        override suspend fun activity(id: GrantId) = asking {
            val activity = it.grantActivity(id.toLibrary())
            GrantActivity(activity.entries.map { one -> one.toModel() }, activity.recordsRead?.toLong())
        }
    }

    /** Words in the library's memory, which overwrites them when it lets go of them. */
    private inner class LibraryWords(private val words: RecoveryWords) : ReadWords {
        override suspend fun unlock(passphrase: ByteArray, newPin: ByteArray) = asking(Deed.PROTECT) {
            Pin(newPin).use { pin ->
                Passphrase(passphrase).use { beside -> it.unlockWithWords(words, pin, beside) }
            }.use { authentication -> authentication.void() }
            unlocked.value = it.isUnlocked()
        }

        override fun close() = words.close()
    }

    init {
        // Whether there is a wallet at all decides what the person sees first.
        scope.launch { asking { } }
    }

    /** Answers with the library's own refusal; anything else, cancellation too, passes through. */
    internal suspend fun <T> asking(meaning: (WalletException) -> Problem = ::problem, call: suspend (Wallet) -> T): Outcome<T> =
        outcome(meaning) { call(wallet()) }

    /** The same for what the phone may ask about. */
    internal suspend fun <T> asking(deed: Deed, call: suspend (Wallet) -> T): Outcome<T> = asking {
        doing(deed)
        call(it)
    }

    /** Does what may wait for the wallet, and nobody waits for it. */
    internal fun aside(call: () -> Unit) {
        scope.launch(Dispatchers.IO) { call() }
    }

    private suspend fun wallet(): Wallet = opening.withLock {
        opened ?: try {
            Wallet.open(config).also { adopt(it) }
        } catch (e: WalletException) {
            // One that can't be opened is there all the same.
            made.note(isThere = e !is WalletException.NoWallet)
            throw e
        }
    }

    private suspend fun adopt(wallet: Wallet) {
        opened = wallet
        if (isInBackground) withContext(NonCancellable) { outcome { wallet.setInBackground(true) } }
        made.note(isThere = true)
        unlocked.value = wallet.isUnlocked()
        following = scope.launch {
            events(wallet).collect {
                when (it) {
                    Event.Unlocked -> {
                        unlocked.value = true
                        decisionsChanged()
                    }
                    is Event.Locked -> unlocked.value = false
                    is Event.ProofArrived, is Event.Expiring -> decisionsChanged()
                    is Event.ProviderKeyChanged -> {
                        changedKeys.emit(ClinicId(it.provider.text))
                        decisionsChanged()
                    }
                    is Event.RecordsRead -> readChanges.emit(it.toModel())
                    is Event.ShareOpened, is Event.ShareDenied -> decisionChanges.emit(Unit)
                    else -> Unit
                }
            }
        }
    }

    /** The wallet was erased, or was to be: opening the folder again shows which. */
    private suspend fun end() {
        opening.withLock {
            following?.cancel()
            // One that refused to be erased still has the folder, and nobody else could open it.
            opened?.let { outcome { it.release() } }
            opened = null
        }
        unlocked.value = false
        if (asking { }.problemOrNull() == Problem.NoWallet) waiting.value = 0
    }

    /** Counts what waits, and says that something may have changed. */
    private suspend fun decisionsChanged() {
        // One after the other: of two counts the later one stands.
        counting.withLock {
            val count = asking { it.status().atRisk.decisions.toInt() }
            if (count is Outcome.Done) waiting.value = count.value
        }
        decisionChanges.emit(Unit)
    }

    private fun events(wallet: Wallet): Flow<Event> = callbackFlow {
        val observer = object : Observer {
            override fun onEvents(events: List<Event>) = events.forEach { trySendBlocking(it) }
        }
        val subscription = wallet.subscribe(observer)
        awaitClose { subscription.use { it.cancel() } }
    }

    private fun GrantTerms.scope() = Scope(categories.sorted().map { it.toLibrary() })

    private companion object {
        const val DARK: Byte = 1
    }
}
