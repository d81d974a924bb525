"""Full screens: the dashboard, the picker, and what comes before, over and after them."""
