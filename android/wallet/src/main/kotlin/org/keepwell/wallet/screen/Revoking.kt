package org.keepwell.wallet.screen

import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.async
import kotlinx.coroutines.launch
import kotlinx.coroutines.withContext
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.problemOrNull
import org.keepwell.wallet.service.ConsentService

/**
 * Ends accesses, several as one, in the life of the app: whoever asked for it may leave the screen meanwhile. What a wallet that locks did not
 * come to is done when it is open again; [interrupted] hears of that, to say so.
 */
class Revoking(private val consent: ConsentService, private val scope: CoroutineScope, private val interrupted: () -> Unit) {
    private val left = LinkedHashSet<GrantId>()

    /** Ends these, each whatever becomes of the others, and returns what went wrong, if anything did. */
    suspend fun end(grants: List<GrantId>): Problem? =
        scope.async(start = CoroutineStart.UNDISPATCHED) { withContext(NonCancellable) { toTheEnd(grants) } }.await()

    /** Ends what the wallet did not come to before it locked. */
    fun goOn() {
        val waiting = left.toList()
        left.clear()
        if (waiting.isNotEmpty()) scope.launch { withContext(NonCancellable) { toTheEnd(waiting) } }
    }

    /** There is no wallet any more in which they could be ended. */
    fun forget() = left.clear()

    private suspend fun toTheEnd(grants: List<GrantId>): Problem? {
        var failed: Problem? = null
        for (id in grants) {
            val problem = consent.revoke(id).problemOrNull() ?: continue
            failed = problem
            if (problem.isOfLock) left += id
        }
        if (left.isNotEmpty()) interrupted()
        return failed
    }
}

/** Whether the wallet locked before it came to it, or broke it off to lock: nothing else cancels what is done to its end. */
internal val Problem.isOfLock get() = this == Problem.Locked || code == "Cancelled"
