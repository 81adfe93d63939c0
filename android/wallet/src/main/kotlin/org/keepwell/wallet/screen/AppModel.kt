package org.keepwell.wallet.screen

import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration.Companion.minutes
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.cancel
import kotlinx.coroutines.delay
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.filterNotNull
import kotlinx.coroutines.flow.getAndUpdate
import kotlinx.coroutines.flow.update
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.plus
import kotlinx.coroutines.withContext
import org.keepwell.wallet.background.KeptWishes
import org.keepwell.wallet.model.ChosenPlace
import org.keepwell.wallet.model.ExportPlace
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.model.Leftover
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordFile
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.navigation.SettingsPage
import org.keepwell.wallet.service.HealthSource
import org.keepwell.wallet.service.WalletServices

/** Gives each place its model and ends the models of places that were left, and of all places when the wallet locks. */
class AppModel(
    private val services: WalletServices,
    val navigator: Navigator,
    private val clock: InstantSource,
    private val sheet: ShareSheet,
    browser: Browser,
    private val wishes: KeptWishes,
    private val health: HealthSource,
    private val scope: CoroutineScope,
) {
    private class Held(val model: ScreenModel<*, *>, val scope: CoroutineScope)

    private val held = HashMap<Any, Held>()
    private val revoking = Revoking(services.consent, services.shares, scope) { unlock().tell(Problem.AccessNotEnded) }
    private val signIns = SignIns(services.sources, browser)
    private val extending = Extending(services.consent, scope, ::showLonger)

    /** Whether the wallet is open; while it is not, only the unlock screen is shown. */
    val isUnlocked = services.lock.isUnlocked

    /** Whether other apps may have put together something on this phone. */
    val hasHealth get() = health.isThere

    private val starting = MutableStateFlow<Boolean?>(null)
    private val recovering = MutableStateFlow(false)
    private val erasing = MutableStateFlow(false)
    private val helping = MutableStateFlow(false)
    private val covered = MutableStateFlow(false)
    private val locking = MutableStateFlow(false)
    private val ending = MutableStateFlow(false)
    private val erased = MutableStateFlow(false)

    /** How often the app left the screen or came back. */
    private var turns = 0
    private var offered: Incoming.Connection? = null

    /** Where to go with what came while something else was being read. */
    private val next = ArrayDeque<Route>()

    /** Whether the phone came to know another finger or face since, and that was not yet spoken of behind the PIN. */
    private var hasLostBiometrics = false

    /** Where the records are to be written; chosen in another app, while the wallet may have locked itself. */
    private var chosen: ChosenPlace? = null

    /** What is left of a file that was broken off when the wallet locked itself, to be spoken of when it is open again. */
    private var leftover: Leftover? = null

    /** Where a copy of a file in a record is to be written; chosen in another app, while the wallet may have locked itself. */
    private var copyTo: ExportPlace? = null
    private var hidden: Instant? = null
    private var leaving: Job? = null

    /** The wallet being told that the app is out of sight, which waits for whatever the wallet is at. */
    private var hiding: Job? = null

    /** Whether there is no wallet yet, or the way to one is not at its end; null until that is known. */
    val isStarting: StateFlow<Boolean?> = starting.asStateFlow()

    /** Whether the recovery words are asked for in place of the PIN. Never saved: a new process asks for the PIN. */
    val isRecovering: StateFlow<Boolean> = recovering.asStateFlow()

    /** Whether whoever knows neither PIN nor words is told what erasing means. Never saved. */
    val isErasing: StateFlow<Boolean> = erasing.asStateFlow()

    /** Whether whoever is before a locked wallet reads the help. Never saved. */
    val isHelping: StateFlow<Boolean> = helping.asStateFlow()

    /** Whether nothing may be seen: from when the app goes out of sight until the wallet, back in front, has looked at its lock. */
    val isCovered: StateFlow<Boolean> = covered.asStateFlow()

    /** Whether it locks now: nothing of the records is shown any more, also while the wallet has yet to end what it is at. */
    val isLocking: StateFlow<Boolean> = locking.asStateFlow()

    /** Whether everything is being erased. */
    val isEnding: StateFlow<Boolean> = ending.asStateFlow()

    /** Whether everything was erased just now, until something new begins. */
    val isErased: StateFlow<Boolean> = erased.asStateFlow()

    init {
        scope.launch {
            // The first launch ends when the person has seen what came of it, and not with the wallet.
            services.start.hasWallet.filterNotNull().collect { has ->
                starting.update { if (it == true) true else !has }
                if (!has) leaveEverything()
            }
        }
        scope.launch {
            services.lock.isUnlocked.collect { isUnlocked ->
                drop { key -> key != Gate.START && (key is Gate) == isUnlocked }
                if (isUnlocked) comeIn() else navigator.leave(::isNotToComeBackTo)
            }
        }
        scope.launch {
            navigator.routes.collect { routes ->
                drop { key -> key !is Gate && routes.none { keyOf(it) == key } }
                askNext(routes)
            }
        }
    }

    /** The model of the unlock screen. */
    fun unlock(): UnlockModel = held(Gate.UNLOCK) { scope ->
        UnlockModel(services.lock, services.safety, { hasLostBiometrics = true }, scope)
    } as UnlockModel

    /** The model of the recovery screen. */
    fun recovery(): RecoveryModel = held(Gate.RECOVERY) { RecoveryModel(services.lock, ::leaveWords, it) } as RecoveryModel

    /** The model of erasing without a PIN. */
    fun erase(): EraseModel = held(Gate.ERASE) { EraseModel(true, services, ::erase, ::keep, it) } as EraseModel

    /** The help, for whoever is before a locked wallet. */
    fun help(): InfoModel = held(Gate.HELP) { InfoModel(SettingsPage.HELP, null, services.status, it) } as InfoModel

    /** Leads to the help, and back from it. */
    fun showHelp(isShown: Boolean) {
        helping.value = isShown
    }

    /** The model of the first launch. */
    fun start(): StartModel = held(Gate.START) { StartModel(services.start, offered?.text, ::finishStart, it) } as StartModel

    /** Takes what comes from outside: it is asked about as soon as the wallet is open, and only asked about. */
    fun receive(what: Incoming) {
        when (what) {
            is Incoming.Connection -> if (isStarting.value == false) goTo(Route.Connect(what)) else offered = what
            is Incoming.Records -> goToNext(Route.Import(what))
            is Incoming.SignedIn -> goToNext(Route.SignedIn(what.text))
        }
    }

    /** What is being read now goes on. */
    private fun goToNext(route: Route) {
        if (isReading() || next.isNotEmpty()) next.addLast(route) else goTo(route)
    }

    private fun isReading() = held.values.any { held ->
        when (val model = held.model) {
            is ImportModel -> model.state.value.step == ImportStep.READING
            is SourceModel -> model.state.value.step == SourceStep.FETCHING
            else -> false
        }
    }

    /** Asks about what came meanwhile, once the person has left what came before. */
    private fun askNext(routes: List<Route>) {
        if (routes.size == 1) next.removeFirstOrNull()?.let(::goTo)
    }

    /** Takes the place that was chosen for a file; where nobody asks for one any more, nothing is left there. */
    fun receive(place: ChosenPlace) {
        val asking = held[EXPORT]?.model as? ExportModel
        when {
            asking != null -> asking.on(ExportEvent.Place(place))
            EXPORT in navigator.routes.value -> {
                forgetPlace()
                chosen = place
            }
            else -> toTheEnd { place.place.remove() }
        }
    }

    private fun forgetPlace() {
        chosen?.let { toTheEnd { it.place.remove() } }
        chosen = null
    }

    /** What the phone is asked to let be read of its collection. */
    val healthPermissions get() = health.permissions

    /** Takes the place that was chosen for a copy of a file in a record; where that is not asked for any more, nothing is left there. */
    fun saveTo(place: ExportPlace) {
        val route = navigator.routes.value.last()
        val asking = held[route]?.model as? AttachmentModel
        when {
            asking != null -> asking.on(AttachmentEvent.Save(place))
            route is Route.Attachment -> {
                forgetCopy()
                copyTo = place
            }
            else -> toTheEnd { place.remove() }
        }
    }

    private fun forgetCopy() {
        copyTo?.let { place -> toTheEnd { place.remove() } }
        copyTo = null
    }

    /** Passes on whether the camera may be used. */
    fun answerCamera(isGranted: Boolean) {
        val connection = if (isStarting.value == true) start().connection else (held[navigator.routes.value.last()]?.model as? ConnectModel)?.connection
        connection?.on(ConnectionEvent.Permission(isGranted))
        (held[navigator.routes.value.last()]?.model as? ScanModel)?.on(ScanEvent.Permission(isGranted))
    }

    /** Asks for the recovery words; a wallet that is open locks. */
    fun recover() {
        drop { it is Gate }
        erasing.value = false
        helping.value = false
        recovering.value = true
        if (isUnlocked.value) lock()
    }

    /** Leads whoever knows neither PIN nor words to erasing. */
    fun giveUp() {
        drop { it == Gate.RECOVERY }
        recovering.value = false
        erasing.value = true
    }

    /** The model of a place, made when it is first asked for. */
    fun of(route: Route): ScreenModel<*, *> = held(keyOf(route)) { scope ->
        when (route) {
            Route.Records -> RecordsModel(null, services, navigator, clock, scope)
            is Route.InCategory -> RecordsModel(route.category, services, navigator, clock, scope)
            Route.Timeline -> RecordsModel(null, services, navigator, clock, scope, isTimeline = true)
            is Route.Attachment -> AttachmentModel(route.record, route.index, services.records, copyTo.also { copyTo = null }, scope)
            is Route.Record -> RecordModel(route.id, services.records, navigator, scope)
            Route.Access -> AccessModel(services.consent, services.shares, clock, navigator, revoking, scope)
            Route.Clinics -> ClinicsModel(services.clinics, navigator, scope)
            is Route.Clinic -> ClinicModel(route.id, services, navigator, revoking, scope)
            Route.Scan -> ScanModel(navigator::takeClinic, scope)
            is Route.Asked -> AskedModel(route.code, services.consent, navigator, scope)
            is Route.Grant -> GrantModel(route, services, navigator, scope)
            is Route.Extend -> ExtendModel(route.grant, services, clock, navigator, extending, scope)
            is Route.Granted -> GrantedModel(route.id, route.former, services.consent, navigator, revoking, scope)
            Route.Share -> ShareModel(services, clock, sheet, revoking, scope)
            Route.Log -> LogModel(services.log, scope)
            Route.Add -> ImportsModel(services.imports, scope)
            Route.Sources -> SourcesModel(services.sources, navigator, scope)
            is Route.Source -> SourceModel(route.id, services.sources, signIns, navigator, scope)
            Route.AddSource -> AddSourceModel(signIns, scope)
            is Route.SignedIn -> SignedInModel(route.redirect, signIns, navigator, scope)
            Route.Health -> HealthModel(health, ::takeIn, { navigator.back() }, scope)
            Route.ScanLink -> ScanModel(::takeCode, scope)
            Route.PasteLink -> PasteLinkModel(::receive, scope)
            is Route.Import -> ImportModel(route.incoming, services.imports, clock, { navigator.select(Route.Records) }, scope)
            Route.CheckWords -> CheckWordsModel(services.words, true, { navigator.back() }, scope)
            Route.Settings -> SettingsModel(services.safety, navigator, ::panicLock, scope)
            is Route.Setting -> setting(route.page, scope)
            is Route.Connect -> ConnectModel(route.offered?.text, services, { navigator.back() }, scope)
        }
    }

    private fun setting(page: SettingsPage, scope: CoroutineScope): ScreenModel<*, *> {
        val leave: () -> Unit = { navigator.back() }
        return when (page) {
            SettingsPage.CHANGE_PIN -> ChangePinModel(services.safety, ::changePin, leave, scope)
            SettingsPage.BIOMETRICS -> BiometricsModel(services.safety, hasLostBiometrics.also { hasLostBiometrics = false }, leave, scope)
            SettingsPage.AUTO_LOCK -> AutoLockModel(services.safety, services.choices, scope)
            SettingsPage.WORDS -> CheckWordsModel(services.words, false, leave, scope)
            SettingsPage.EXPORT ->
                ExportModel(services.safety, clock, chosen.also { chosen = null }, leftover.also { leftover = null }, { leftover = it }, leave, scope)
            SettingsPage.PRINT -> PrintModel(services.safety, services.records, leave, scope)
            SettingsPage.ERASE -> EraseModel(false, services, ::erase, leave, scope)
            SettingsPage.SUPPORT -> SupportModel(services, scope)
            SettingsPage.NOTICES -> NoticesModel(wishes, scope)
            SettingsPage.LANGUAGE, SettingsPage.HELP, SettingsPage.PRIVACY, SettingsPage.ABOUT,
            SettingsPage.LICENCES,
            -> InfoModel(page, navigator, services.status, scope)
        }
    }

    /** Locks the wallet. */
    fun lock() = locking { services.lock.lock() }

    /** Locks it so that only PIN and words open it. */
    private fun panicLock() = locking {
        val problem = services.safety.panicLock().problemOrNull() ?: return@locking
        // It is locked. What matters now is whether a finger could still open it.
        if (services.safety.hasBiometrics() != Outcome.Done(false)) unlock().tell(problem)
    }

    private fun locking(call: suspend () -> Unit) {
        locking.value = true
        toTheEnd {
            try {
                call()
            } finally {
                locking.value = false
                if (isUnlocked.value) drop { it is Gate }
            }
        }
    }

    /** What locks the wallet is done though the activity, and this with it, ends at the same moment. */
    private fun toTheEnd(call: suspend () -> Unit): Job = scope.launch { withContext(NonCancellable) { call() } }

    /** Here and not in the model that asks for it, which ends with the wallet. */
    private suspend fun erase(pin: ByteArray?): Outcome<Unit> = scope.async {
        ending.value = true
        val outcome = try {
            if (pin == null) services.safety.eraseWithoutPin() else services.safety.erase(pin)
        } finally {
            ending.value = false
        }
        erased.value = outcome is Outcome.Done
        if (pin != null && !isUnlocked.value && services.start.hasWallet.value == true) outcome.problemOrNull()?.let { unlock().tell(it) }
        outcome
    }.await()

    /** Here and not in the model that asks for it, which ends when the wallet locks itself meanwhile. */
    private suspend fun changePin(change: suspend () -> Outcome<Unit>): Outcome<Unit> = scope.async {
        val outcome = change()
        if (outcome is Outcome.Done && !isUnlocked.value) unlock().tell(Problem.PinChanged)
        outcome
    }.await()

    /** Shows an access that was made longer: where that is awaited, or the wallet locked in between. */
    private fun showLonger(longer: Route.Granted, hasLocked: Boolean) {
        val isAwaited = navigator.routes.value.any { it is Route.Extend && it.grant == longer.former }
        if (isUnlocked.value && !hasLocked && !isAwaited) return
        // What is extended is not extended again by going back.
        navigator.select(Route.Access)
        navigator.open(longer)
    }

    private fun keep() {
        erasing.value = false
        drop { it == Gate.ERASE }
    }

    private fun comeIn() {
        keep()
        helping.value = false
        erased.value = false
        if (navigator.routes.value.last() !is Route.Attachment) forgetCopy()
        if (recovering.getAndUpdate { false }) navigator.select(Route.Records)
        if (EXPORT !in navigator.routes.value) forgetPlace()
        revoking.goOn()
        extending.goOn()
        if (hasLostBiometrics) navigator.open(Route.Setting(SettingsPage.BIOMETRICS))
    }

    /** There is no wallet any more. */
    private fun leaveEverything() {
        keep()
        recovering.value = false
        hasLostBiometrics = false
        forgetPlace()
        leftover = null
        revoking.forget()
        extending.forget()
        next.clear()
        forgetCopy()
        drop { it != Gate.START }
        navigator.select(Route.Records)
    }

    /**
     * Says whether the app is out of sight. What the PIN brings back goes then; words that were typed, or that no wallet has yet, stay for
     * [PATIENCE], to answer a call.
     */
    fun setInBackground(inBackground: Boolean) {
        turns++
        if (inBackground) covered.value = true else uncover(turns)
        val told = toTheEnd { services.lock.setInBackground(inBackground) }
        if (inBackground) hiding = told
        leaving?.cancel()
        if (inBackground) {
            held.values.forEach { it.model.hide() }
            hidden = clock.instant()
            leaving = scope.launch {
                delay(PATIENCE)
                leaveWords()
            }
        } else if (hidden?.plus(PATIENCE.toJavaDuration())?.isAfter(clock.instant()) == false) {
            // While the phone sleeps, delays do too.
            leaveWords()
        }
    }

    private fun uncover(turn: Int) {
        val heard = hiding
        scope.launch {
            // A wallet that has yet to hear that the app was gone does not know that it is time to lock.
            heard?.join()
            services.lock.look()
            // Unless it has left again meanwhile.
            if (turn == turns) covered.value = false
        }
    }

    /** Words that were typed or shown go; what is being made or fetched with them goes on, and a report stays to be read. */
    private fun leaveWords() {
        recovering.value = false
        drop { it == Gate.RECOVERY }
        val start = held[Gate.START]?.model as? StartModel
        if (isStarting.value != true || start?.isUnderWay == true || start?.state?.value?.step == StartStep.REPORT) return
        if (services.start.hasWallet.value == true) finishStart() else drop { it == Gate.START }
    }

    /** Nobody comes back to this: what the models hold goes. */
    fun close() = drop { true }

    private fun finishStart() {
        starting.value = false
        offered = null
        drop { it == Gate.START }
    }

    private fun takeCode(text: String): Boolean {
        val what = Incoming.of(text) ?: return false
        receive(what)
        return true
    }

    /** Takes in what the person has agreed to already. */
    private fun takeIn(file: RecordFile) {
        val route = Route.Import(Incoming.File(file))
        navigator.replace(route)
        (of(route) as ImportModel).on(ImportEvent.Accept)
    }

    /** Passes on that the phone has asked whether its collection may be read. */
    fun answerHealth() {
        (held[Route.Health]?.model as? HealthModel)?.on(HealthEvent.Answered)
    }

    private fun goTo(route: Route) {
        navigator.select(Route.Records)
        navigator.open(route)
    }

    private fun held(key: Any, make: (CoroutineScope) -> ScreenModel<*, *>): ScreenModel<*, *> = held.getOrPut(key) {
        val own = scope + Job(scope.coroutineContext.job)
        Held(make(own), own)
    }.model

    private fun drop(which: (Any) -> Boolean) {
        val keys = held.keys.filter(which)
        for (key in keys) {
            held.remove(key)?.let {
                it.model.close()
                it.scope.cancel()
            }
        }
    }

    /** What stands before the places while the wallet is locked or not there. */
    private enum class Gate { START, UNLOCK, RECOVERY, ERASE, HELP }

    private companion object {
        val PATIENCE = 2.minutes
        val EXPORT = Route.Setting(SettingsPage.EXPORT)

        /** Who unlocks does not stand before these questions again; what was extended may have been so already. */
        fun isNotToComeBackTo(route: Route): Boolean =
            route is Route.Extend || route == Route.Setting(SettingsPage.ERASE) || route == Route.Setting(SettingsPage.CHANGE_PIN)

        /** A grant stays the same place while its draft changes. */
        fun keyOf(route: Route): Any = if (route is Route.Grant) Route.Grant(route.clinic) else route
    }
}
