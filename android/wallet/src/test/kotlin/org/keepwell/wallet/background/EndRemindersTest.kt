package org.keepwell.wallet.background

import java.time.Instant
import java.time.InstantSource
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.time.Duration
import kotlin.time.Duration.Companion.days
import kotlin.time.Duration.Companion.hours
import kotlin.time.toJavaDuration
import org.junit.jupiter.api.Test
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.fake.FakeWishes
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.GrantTerms
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.orElse
import org.keepwell.wallet.screen.Bench
import org.keepwell.wallet.screen.launchNow
import org.keepwell.wallet.screen.onBench

class EndRemindersTest {
    private val wishes = FakeWishes()
    private var planned: List<EndReminder>? = null
    private val schedule = object : ReminderSchedule {
        override fun plan(reminders: List<EndReminder>) {
            planned = reminders
        }
    }

    private fun Bench.follow(clock: InstantSource = this.clock) {
        scope.launchNow { EndReminders(wallet, wishes.now, schedule, clock).follow() }
        settle()
    }

    private fun Bench.granted(duration: Duration, state: GrantState = GrantState.ACTIVE) {
        wallet.granted(FakeData.northside, state, GrantTerms(FakeData.northside.id, setOf(Category.RESULTS), Purpose.TREATMENT, duration))
        settle()
    }

    private fun after(duration: Duration): Instant = Bench.START + duration.toJavaDuration()

    @Test
    fun `it is said a day before each end, in order, and no clinic is named`() = onBench {
        granted(30.days)
        granted(2.days)
        follow()
        assertEquals(listOf(EndReminder(after(1.days), null), EndReminder(after(29.days), null)), planned)
    }

    @Test
    fun `what ends within a day already, has ended, or was ended, is not spoken of`() = onBench {
        granted(23.hours)
        granted(1.days)
        granted(30.days, GrantState.REVOKED)
        granted(30.days, GrantState.REVOKING)
        granted(30.days, GrantState.EXPIRED)
        follow()
        assertEquals(emptyList(), planned)
    }

    @Test
    fun `access that is ended is not spoken of any more`() = onBench {
        granted(30.days)
        follow()
        assertEquals(1, planned?.size)
        scope.launchNow { wallet.consent.revoke(wallet.consent.grants().orElse {}.orEmpty().single().id) }
        settle()
        assertEquals(emptyList(), planned)
    }

    @Test
    fun `a clinic is named where that is wished, and its name stands in no log`() = onBench {
        granted(30.days)
        follow()
        wishes.set(NoticeWishes(namesClinics = true))
        settle()
        assertEquals(listOf(EndReminder(after(29.days), FakeData.northside.name)), planned)
        assertFalse(FakeData.northside.name in planned.toString())
    }

    @Test
    fun `what is not wished is planned no more, also while the wallet is locked`() = onBench {
        granted(30.days)
        follow()
        test.launchNow { wallet.lock.lock() }
        settle()
        assertEquals(1, planned?.size, "what was planned outlives the lock")
        wishes.set(NoticeWishes(tellsEnds = false))
        settle()
        assertEquals(emptyList(), planned)
        wishes.set(NoticeWishes())
        settle()
        assertEquals(emptyList(), planned, "a locked wallet does not say who has access")
        test.launchNow { wallet.lock.unlock(FakeWallet.PIN.encodeToByteArray()) }
        settle()
        assertEquals(1, planned?.size)
    }

    @Test
    fun `of a wallet that was erased nothing is said`() = onBench {
        granted(30.days)
        follow()
        test.launchNow { wallet.safety.eraseWithoutPin() }
        settle()
        assertEquals(emptyList(), planned)
    }

    @Test
    fun `a clock that was turned plans for the time that it shows`() = onBench {
        granted(3.days)
        var turned = Duration.ZERO
        val clock = InstantSource { this.clock.instant() + turned.toJavaDuration() }
        follow(clock)
        assertEquals(1, planned?.size)
        turned = 10.days
        wishes.set(NoticeWishes(namesClinics = true))
        settle()
        assertEquals(emptyList(), planned, "ten years on everything has ended")
        turned = (-10 * 365).days
        wishes.set(NoticeWishes())
        settle()
        assertEquals(listOf(EndReminder(after(2.days), null)), planned)
    }
}
