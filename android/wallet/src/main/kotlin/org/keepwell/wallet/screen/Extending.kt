package org.keepwell.wallet.screen

import kotlin.time.Duration
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantExtension
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Outcome
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.service.ConsentService

/**
 * Makes an access longer in the life of the app, and [show]s the new one wherever one was made: also when the call failed after that, or the
 * wallet locked meanwhile, so that nobody consents to the same twice. [show] is told whether a lock came between.
 */
class Extending(
    private val consent: ConsentService,
    private val scope: CoroutineScope,
    private val show: (longer: Route.Granted, hasLocked: Boolean) -> Unit,
) {
    private class Begun(val former: Grant, val known: Set<GrantId>)

    /** What the wallet locked away before it was known what came of it. */
    private var unknown: Begun? = null

    /** The caller overwrites [pin] afterwards. */
    suspend fun extend(pin: ByteArray, former: Grant, duration: Duration): Outcome<GrantExtension> {
        // The caller's is overwritten as soon as its screen ends, which may be before the wallet reads it.
        val own = pin.copyOf()
        return scope.async(start = CoroutineStart.UNDISPATCHED) {
            withContext(NonCancellable) {
                try {
                    toTheEnd(own, former, duration)
                } finally {
                    own.fill(0)
                }
            }
        }.await()
    }

    /** Finds what was made before the wallet locked. */
    fun goOn() {
        val begun = unknown ?: return
        unknown = null
        scope.launch { find(begun, hasLocked = true) }
    }

    /** There is no wallet any more in which it could be found. */
    fun forget() {
        unknown = null
    }

    private suspend fun toTheEnd(pin: ByteArray, former: Grant, duration: Duration): Outcome<GrantExtension> {
        val known = when (val grants = consent.grants()) {
            is Outcome.Failed -> return grants
            is Outcome.Done -> grants.value.mapTo(HashSet()) { it.id }
        }
        val outcome = consent.extend(pin, former.id, duration)
        when (outcome) {
            is Outcome.Done -> show(Route.Granted(outcome.value.grant.id, former.id), false)
            is Outcome.Failed -> if (!outcome.problem.isAboutPin) find(Begun(former, known), hasLocked = false)
        }
        return outcome
    }

    private suspend fun find(begun: Begun, hasLocked: Boolean) {
        val grants = consent.grants()
        if (grants is Outcome.Failed) {
            if (grants.problem.isOfLock) unknown = begun
            return
        }
        val made = (grants as Outcome.Done).value.find { it.id !in begun.known && it.isLonger(begun.former) } ?: return
        show(Route.Granted(made.id, begun.former.id), hasLocked)
    }

    private fun Grant.isLonger(former: Grant) =
        clinic == former.clinic && categories == former.categories && purpose == former.purpose && notAfter > former.notAfter
}
