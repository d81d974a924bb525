"""Full screens: the dashboard, the picker, and what stands before, over and after them."""
