package org.keepwell.wallet.screen

import kotlin.time.Duration.Companion.seconds
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Job
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.ConsentService

/**
 * Syncs until nothing of what was decided [isOnItsWay] any more; without a network only that is told, and it is tried again.
 *
 * What a sync changed is read when the wallet says so: a sync does not keep it from locking, and reading would.
 */
internal class DecisionsSync(
    private val consent: ConsentService,
    private val scope: CoroutineScope,
    private val isOnItsWay: () -> Boolean,
    private val tellOffline: (Boolean) -> Unit,
    private val fail: (Problem) -> Unit,
) {
    private var syncing: Job? = null

    /** Syncs now, and again as long as something is on its way. */
    fun begin() {
        syncing?.cancel()
        syncing = scope.launch {
            do {
                when (val problem = consent.sync().problemOrNull()) {
                    null -> tellOffline(false)
                    Problem.Offline, Problem.NotConnected -> tellOffline(true)
                    else -> return@launch fail(problem)
                }
                delay(AGAIN)
            } while (isOnItsWay())
        }
    }

    /** The same where something is on its way. */
    fun beginIfNeeded() {
        if (isOnItsWay()) begin()
    }

    /** The same where nobody sees to it already. */
    fun goOn() {
        if (syncing?.isActive != true) beginIfNeeded()
    }

    private companion object {
        val AGAIN = 5.seconds
    }
}
