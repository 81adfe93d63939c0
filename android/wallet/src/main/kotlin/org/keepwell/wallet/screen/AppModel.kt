package org.keepwell.wallet.screen

import java.time.Instant
import java.time.InstantSource
import kotlin.time.Duration.Companion.minutes
import kotlin.time.toJavaDuration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
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
import org.keepwell.wallet.model.Incoming
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** Gives each place its model and ends the models of places that were left, and of all places when the wallet locks. */
class AppModel(
    private val services: WalletServices,
    val navigator: Navigator,
    private val clock: InstantSource,
    private val sheet: ShareSheet,
    /** What whoever shares a link is told. */
    private val recipient: String,
    private val scope: CoroutineScope,
) {
    private class Held(val model: ScreenModel<*, *>, val scope: CoroutineScope)

    private val held = HashMap<Any, Held>()

    /** Whether the wallet is open; while it is not, only the unlock screen is shown. */
    val isUnlocked = services.lock.isUnlocked

    private val starting = MutableStateFlow<Boolean?>(null)
    private val recovering = MutableStateFlow(false)
    private var offered: Incoming.Connection? = null
    private var hidden: Instant? = null
    private var leaving: Job? = null

    /** Whether there is no wallet yet, or the way to one is not at its end; null until that is known. */
    val isStarting: StateFlow<Boolean?> = starting.asStateFlow()

    /** Whether the recovery words are asked for in place of the PIN. Never saved: a new process asks for the PIN. */
    val isRecovering: StateFlow<Boolean> = recovering.asStateFlow()

    init {
        scope.launch {
            // The first launch ends when the person has seen what came of it, and not with the wallet.
            services.start.hasWallet.filterNotNull().collect { has -> starting.update { if (it == true) true else !has } }
        }
        scope.launch {
            services.lock.isUnlocked.collect { isUnlocked ->
                drop { key -> key != Gate.START && (key is Gate) == isUnlocked }
                if (isUnlocked && recovering.getAndUpdate { false }) navigator.select(Route.Records)
            }
        }
        scope.launch { navigator.routes.collect { routes -> drop { key -> key !is Gate && routes.none { keyOf(it) == key } } } }
    }

    /** The model of the unlock screen. */
    fun unlock(): UnlockModel = held(Gate.UNLOCK) { UnlockModel(services.lock, it) } as UnlockModel

    /** The model of the recovery screen. */
    fun recovery(): RecoveryModel = held(Gate.RECOVERY) { RecoveryModel(services.lock, ::leaveWords, it) } as RecoveryModel

    /** The model of the first launch. */
    fun start(): StartModel = held(Gate.START) { StartModel(services.start, offered?.text, ::finishStart, it) } as StartModel

    /** Takes what comes from outside: it is asked about as soon as the wallet is open, and only asked about. */
    fun receive(what: Incoming) {
        when (what) {
            is Incoming.Connection -> if (isStarting.value == false) goTo(Route.Connect(what)) else offered = what
            // What is being read now goes on.
            is Incoming.Records -> if (held.values.none { (it.model as? ImportModel)?.state?.value?.step == ImportStep.READING }) goTo(Route.Import(what))
        }
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
        recovering.value = true
        if (isUnlocked.value) lock()
    }

    /** The model of a place, made when it is first asked for. */
    fun of(route: Route): ScreenModel<*, *> = held(keyOf(route)) { scope ->
        when (route) {
            Route.Records -> RecordsModel(null, services, navigator, clock, scope)
            is Route.InCategory -> RecordsModel(route.category, services, navigator, clock, scope)
            is Route.Record -> RecordModel(route.id, services.records, navigator, scope)
            Route.Access -> AccessModel(services.consent, services.shares, clock, navigator, scope)
            Route.Clinics -> ClinicsModel(services.clinics, navigator, scope)
            Route.Scan -> ScanModel(navigator::takeClinic, scope)
            is Route.Grant -> GrantModel(route, services, navigator, scope)
            is Route.Granted -> GrantedModel(route.id, services.consent, navigator, scope)
            Route.Share -> ShareModel(services, clock, sheet, scope)
            Route.Log -> LogModel(services.log, scope)
            Route.Add -> ImportsModel(services.imports, scope)
            Route.ScanLink -> ScanModel(::takeCode, scope)
            is Route.Import -> ImportModel(route.incoming, recipient, services.imports, { navigator.select(Route.Records) }, scope)
            Route.CheckWords -> CheckWordsModel(services.words, { navigator.back() }, scope)
            is Route.Connect -> ConnectModel(route.offered?.text, services, { navigator.back() }, scope)
        }
    }

    /** Locks the wallet. */
    fun lock() {
        scope.launch { services.lock.lock() }
    }

    /** Says whether the app is out of sight; words that were typed stay for [PATIENCE] then, to answer a call. */
    fun setInBackground(inBackground: Boolean) {
        scope.launch { services.lock.setInBackground(inBackground) }
        leaving?.cancel()
        if (inBackground) {
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

    /** Words that were typed or shown go; what is being made or fetched with them goes on. */
    private fun leaveWords() {
        recovering.value = false
        drop { it == Gate.RECOVERY }
        if (isStarting.value != true || (held[Gate.START]?.model as? StartModel)?.isUnderWay == true) return
        if (services.start.hasWallet.value == true) finishStart() else drop { it == Gate.START }
    }

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
    private enum class Gate { START, UNLOCK, RECOVERY }

    private companion object {
        val PATIENCE = 2.minutes

        /** A grant stays the same place while its draft changes. */
        fun keyOf(route: Route): Any = if (route is Route.Grant) Route.Grant(route.clinic) else route
    }
}
