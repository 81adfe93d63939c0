package org.keepwell.wallet.background

import kotlin.test.assertEquals
import kotlin.test.assertNull
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.seconds
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ClinicRead
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.screen.Bench
import org.keepwell.wallet.screen.launchNow
import org.keepwell.wallet.screen.onBench

class BackgroundSendingTest {
    private val done = ArrayList<String>()
    private var isInFront = false
    private val wishes = FakeWishes()
    private var scheduled: Int? = null

    private val schedule = object : SendingSchedule {
        override fun send(waiting: Int, after: Duration) {
            scheduled = waiting
        }

        override fun cancel() {
            scheduled = null
        }
    }

    private val notices = object : Notices {
        override fun unsent(count: Int) {
            done += "unsent $count"
        }

        override fun clearUnsent() {
            done -= done.filter { it.startsWith("unsent") }.toSet()
        }

        override fun stopped() {
            done += "stopped"
        }

        override fun endsSoon(count: Int, clinicName: String?) = Unit

        override fun read(read: ClinicRead) = Unit
    }

    private fun Bench.sending() = BackgroundSending(wallet, schedule, notices, wishes.now) { isInFront }.also { sending ->
        scope.launchNow { sending.follow() }
        settle()
    }

    /** Access that was ended without a network. */
    private fun Bench.ended() {
        wallet.isOnline = false
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        wallet.granted(FakeData.northside, GrantState.ACTIVE, terms)
        scope.launchNow { wallet.consent.revoke(wallet.consent.grants().orElse {}.orEmpty().first().id) }
        settle()
    }

    private fun Bench.send(sending: BackgroundSending, waiting: Int = 1): Sent? {
        var sent: Sent? = null
        scope.launchNow { sent = sending.send(waiting) }
        test.testScheduler.advanceTimeBy(60.seconds)
        settle()
        return sent
    }

    @Test
    fun `what could not be sent is scheduled, and no more once it was sent`() = onBench {
        sending()
        assertNull(scheduled)
        ended()
        assertEquals(1, scheduled)
        wallet.isOnline = true
        scope.launchNow { wallet.consent.sync() }
        settle()
        assertNull(scheduled)
    }

    @Test
    fun `sent in the background, the person hears that what was ended is closed`() = onBench {
        val sending = sending()
        ended()
        assertEquals(Sent.None, send(sending))
        assertTrue(done.isEmpty(), "nobody was reached, and the scheduler tries again")
        wallet.isOnline = true
        assertEquals(Sent.All, send(sending))
        assertEquals(listOf("stopped"), done)
        assertEquals(Sent.All, send(sending))
        assertEquals(1, done.size, "it is said once")
    }

    @Test
    fun `who does not wish to hear of it hears nothing`() = onBench {
        wishes.set(NoticeWishes(tellsSending = false))
        val sending = sending()
        ended()
        wallet.isOnline = true
        assertEquals(Sent.All, send(sending))
        ended()
        test.launchNow { wallet.lock.lock() }
        settle()
        assertEquals(Sent.Locked(1), send(sending))
        assertTrue(done.isEmpty())
    }

    @Test
    fun `so does who ended access that had not been sent yet`() = onBench {
        val sending = sending()
        wallet.isHostTaking = false
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        scope.launchNow { wallet.consent.grant(FakeWallet.PIN.encodeToByteArray(), terms) }
        settle()
        assertEquals(1, scheduled)
        scope.launchNow { wallet.consent.revoke(wallet.consent.grants().orElse {}.orEmpty().single().id) }
        settle()
        assertEquals(1, scheduled)
        wallet.isHostTaking = true
        assertEquals(Sent.All, send(sending))
        assertEquals(listOf("stopped"), done)
    }

    @Test
    fun `who looks at the app sees it there`() = onBench {
        isInFront = true
        val sending = sending()
        ended()
        wallet.isOnline = true
        assertEquals(Sent.All, send(sending))
        assertTrue(done.isEmpty())
    }

    @Test
    fun `a wallet that is locked sends nothing and asks to be opened, and sends when it is`() = onBench {
        val sending = sending()
        ended()
        scope.launchNow { wallet.lock.lock() }
        settle()
        wallet.isOnline = true
        assertEquals(Sent.Locked(1), send(sending))
        assertEquals(listOf("unsent 1"), done)
        isInFront = true
        scope.launchNow { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        settle()
        assertTrue(done.isEmpty(), "it is not said any more")
        assertNull(scheduled)
    }

    @Test
    fun `a new process knows how much waits by what was scheduled`() = onBench(unlocked = false) {
        assertEquals(Sent.Locked(2), send(sending(), waiting = 2))
        assertEquals(listOf("unsent 2"), done)
    }

    @Test
    fun `what is half done begins anew with what is left`() = onBench {
        val sending = sending()
        ended()
        assertEquals(Sent.Some(1), send(sending, waiting = 2))
    }

    @Test
    fun `one piece of work ends though the host takes nothing`() = onBench {
        val sending = sending()
        ended()
        wallet.isOnline = true
        wallet.isHostTaking = false
        assertEquals(Sent.None, send(sending))
    }

    @Test
    fun `what the host has is sent, though the ledger does not prove it yet`() = onBench {
        val sending = sending()
        wallet.isHostTaking = false
        wallet.isLedgerReached = false
        val terms = GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, 30.days)
        scope.launchNow { wallet.consent.grant(FakeWallet.PIN.encodeToByteArray(), terms) }
        settle()
        assertEquals(Sent.None, send(sending))
        wallet.isHostTaking = true
        assertEquals(Sent.All, send(sending))
    }
}
