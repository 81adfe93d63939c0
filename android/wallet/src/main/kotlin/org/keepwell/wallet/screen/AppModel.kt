package org.keepwell.wallet.screen

import java.time.InstantSource
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.cancel
import kotlinx.coroutines.job
import kotlinx.coroutines.launch
import kotlinx.coroutines.plus
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.WalletServices

/** Gives each place its model and ends the models of places that were left, and of all places when the wallet locks. */
class AppModel(
    private val services: WalletServices,
    val navigator: Navigator,
    private val clock: InstantSource,
    private val sheet: ShareSheet,
    private val scope: CoroutineScope,
) {
    private class Held(val model: ScreenModel<*, *>, val scope: CoroutineScope)

    private val held = HashMap<Any, Held>()

    /** Whether the wallet is open; while it is not, only the unlock screen is shown. */
    val isUnlocked = services.lock.isUnlocked

    init {
        scope.launch { services.lock.isUnlocked.collect { drop { key -> (key == Unlock) == it } } }
        scope.launch { navigator.routes.collect { routes -> drop { key -> key != Unlock && routes.none { keyOf(it) == key } } } }
    }

    /** The model of the unlock screen. */
    fun unlock(): UnlockModel = held(Unlock) { UnlockModel(services.lock, it) } as UnlockModel

    /** The model of a place, made when it is first asked for. */
    fun of(route: Route): ScreenModel<*, *> = held(keyOf(route)) { scope ->
        when (route) {
            Route.Records -> RecordsModel(null, services.records, navigator, scope)
            is Route.InCategory -> RecordsModel(route.category, services.records, navigator, scope)
            is Route.Record -> RecordModel(route.id, services.records, scope)
            Route.Access -> AccessModel(services.consent, navigator, scope)
            Route.Clinics -> ClinicsModel(services.clinics, navigator, scope)
            Route.Scan -> ScanModel(navigator, scope)
            is Route.Grant -> GrantModel(route, services, navigator, scope)
            Route.Share -> ShareModel(services, clock, sheet, scope)
            Route.Log -> LogModel(services.log, scope)
        }
    }

    /** Locks the wallet. */
    fun lock() {
        scope.launch { services.lock.lock() }
    }

    /** Says whether the app is out of sight. */
    fun setInBackground(inBackground: Boolean) {
        scope.launch { services.lock.setInBackground(inBackground) }
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

    private companion object {
        data object Unlock

        /** A grant stays the same place while its draft changes. */
        fun keyOf(route: Route): Any = if (route is Route.Grant) Route.Grant(route.clinic) else route
    }
}
