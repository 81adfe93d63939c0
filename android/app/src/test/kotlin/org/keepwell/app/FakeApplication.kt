package org.keepwell.app

import android.app.Application
import java.time.Instant
import java.time.InstantSource
import org.keepwell.wallet.fake.FakeHealth
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes

/** The app over the fake wallet, at a fixed time. */
class FakeApplication : Application(), WalletOwner {
    override val clock: InstantSource = InstantSource.fixed(NOW)
    override val wishes = FakeWishes()
    override val health = FakeHealth()
    override var wallet = FakeWallet(clock)
        private set

    /** A phone without a wallet. */
    fun empty() {
        wallet = FakeWallet(clock, isThere = false)
    }

    /** What a new process finds: the same wallet, locked. */
    fun restart() {
        wallet = FakeWallet(clock, isThere = wallet.start.hasWallet.value == true, before = wallet)
    }

    companion object {
        /** When every test and every picture is. */
        val NOW: Instant = Instant.parse("2026-11-21T09:30:00Z")
    }
}
