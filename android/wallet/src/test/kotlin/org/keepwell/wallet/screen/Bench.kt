package org.keepwell.wallet.screen

import java.time.Instant
import java.time.InstantSource
import kotlinx.coroutines.ExperimentalCoroutinesApi
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.launch
import kotlinx.coroutines.test.TestScope
import kotlinx.coroutines.test.currentTime
import kotlinx.coroutines.test.runCurrent
import kotlinx.coroutines.test.runTest
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.navigation.Navigator
import org.keepwell.wallet.navigation.Route

/** A fake wallet, a navigator, and a clock that follows the test's virtual time. */
@OptIn(ExperimentalCoroutinesApi::class)
class Bench(val test: TestScope, unlocked: Boolean = true, isThere: Boolean = true) {
    val clock = InstantSource { START.plusMillis(test.currentTime) }
    val wallet = FakeWallet(clock, unlocked = unlocked, isThere = isThere)
    val navigator = Navigator()
    val scope get() = test.backgroundScope
    val revoking = Revoking(wallet.consent, wallet.shares, scope) {}
    val extending = Extending(wallet.consent, scope) { longer, _ ->
        navigator.select(Route.Access)
        navigator.open(longer)
    }

    fun settle() = test.runCurrent()

    companion object {
        val START: Instant = Instant.parse("2026-11-21T09:30:00Z")
    }
}

/** Runs [body] on a bench whose virtual time only moves when told. */
fun onBench(unlocked: Boolean = true, body: Bench.() -> Unit) = runTest { Bench(this, unlocked).body() }

/** The same on a phone without a wallet. */
fun onEmptyBench(body: Bench.() -> Unit) = runTest { Bench(this, unlocked = false, isThere = false).body() }

/** Presses the keys of a PIN pad and then its button. */
fun enter(pin: String, on: (PinEvent) -> Unit) {
    pin.forEach { on(PinEvent.Digit(it)) }
    on(PinEvent.Submit)
}

/** Starts [body]; it has ended after the bench has settled. */
fun CoroutineScope.launchNow(body: suspend () -> Unit) {
    launch { body() }
}
